package io.boxlite.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What there is in a box: processes, mounts, files, settings of the kernel and more, and how much
 * memory and space is free.
 */
final class Inventory {
  /** With this limit, the program for the inventory has memory enough. */
  static final int MEMORY_MIB = 16;

  private static final String ABOUT = "about ";

  /** As much as the kernel keeps for itself of what many programs made it allocate, in KiB. */
  private static final long MEMORY_MARGIN_KIB = 16 << 10;

  private static final long DISK_MARGIN_KIB = 1 << 10;
  private static final long INODES_MARGIN = 16;
  private static final long OPEN_FILES_MARGIN = 100;
  private static final Duration CLOCK_MARGIN = Duration.ofMinutes(1);

  private final List<String> things;
  private final Map<String, Long> amounts;

  private Inventory(List<String> things, Map<String, Long> amounts) {
    this.things = things;
    this.amounts = amounts;
  }

  /** Takes the inventory of a box, with a program that is in it. */
  static Inventory of(LiteBox box) {
    Command inventory =
        HostileProgram.c("inventory").memoryMib(MEMORY_MIB).cpuTime(Duration.ofSeconds(10));
    ExecResult result = box.exec(inventory);
    assertThat(result.exitCode()).as("%s", result).isZero();
    List<String> lines = result.stdout().lines().toList();
    Map<String, Long> amounts =
        lines.stream()
            .filter(line -> line.startsWith(ABOUT))
            .map(line -> line.substring(ABOUT.length()).split(": "))
            .collect(Collectors.toMap(line -> line[0], line -> Long.parseLong(line[1])));
    return new Inventory(
        lines.stream().filter(line -> !line.startsWith(ABOUT)).sorted().toList(), amounts);
  }

  /** Fails unless a box has what it had before. */
  void assertStillIn(LiteBox box) {
    Inventory now = of(box);
    List<String> problems = new ArrayList<>();
    // Each of the lists is long, what differs is not.
    without(now.things, things).forEach(thing -> problems.add("there is now " + thing));
    without(things, now.things).forEach(thing -> problems.add("there is no more " + thing));
    amounts.forEach(
        (name, before) -> problem(name, before, now.amounts.get(name)).ifPresent(problems::add));
    assertThat(problems).isEmpty();
  }

  private static List<String> without(List<String> all, List<String> others) {
    List<String> rest = new ArrayList<>(all);
    others.forEach(rest::remove); // each as often as it is there
    return rest;
  }

  private static Optional<String> problem(String name, long before, long now) {
    String problem = name + ": " + now + ", before " + before;
    return fits(name, before, now) ? Optional.empty() : Optional.of(problem);
  }

  private static boolean fits(String name, long before, long now) {
    if (name.equals("time")) {
      Duration off = Duration.between(Instant.now(), Instant.ofEpochSecond(now)).abs();
      return off.compareTo(CLOCK_MARGIN) < 0;
    }
    if (name.equals("open files")) {
      return now <= before + OPEN_FILES_MARGIN;
    }
    if (name.startsWith("inodes")) {
      return now >= before - INODES_MARGIN;
    }
    return now >= before - (name.equals("KiB of memory") ? MEMORY_MARGIN_KIB : DISK_MARGIN_KIB);
  }
}

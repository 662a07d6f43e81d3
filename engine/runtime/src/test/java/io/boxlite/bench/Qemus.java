package io.boxlite.bench;

import io.boxlite.LiteBox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The QEMU processes of this JVM, looked at from outside. */
final class Qemus {
  private static final long CALM_MILLIS = 50;
  private static final int CALM_LOOKS = 3;
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Fields 14 and 15 of proc(5), {@code /proc/pid/stat}, counted from behind the name. */
  private static final int UTIME = 14 - 3;

  private Qemus() {}

  /** Waits until there are so many and none of them has anything to do. */
  static void awaitCalm(int count) throws InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT_NANOS;
    String before = "";
    int calm = 0;
    while (calm < CALM_LOOKS) {
      TimeUnit.MILLISECONDS.sleep(CALM_MILLIS);
      List<Long> pids = pids();
      String now = pids.stream().map(pid -> pid + ":" + ticks(pid)).toList().toString();
      calm = now.equals(before) && pids.size() == count ? calm + 1 : 0;
      before = now;
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("there should be " + count + " idle boxes: " + now);
      }
    }
  }

  private static List<Long> pids() {
    return ProcessHandle.current()
        .descendants()
        .filter(child -> child.info().command().orElse("").contains("qemu"))
        .map(ProcessHandle::pid)
        .sorted()
        .toList();
  }

  private static Optional<Long> ticks(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return Optional.of(Long.parseLong(fields[UTIME]) + Long.parseLong(fields[UTIME + 1]));
    } catch (IOException e) {
      return Optional.empty(); // It has just ended.
    }
  }

  /**
   * Proportional set size of the processes that are the box: QEMU, and the supervisor that made its
   * jail (proc(5), smaps_rollup).
   */
  static double pssMib(LiteBox box) throws IOException {
    long qemu = box.info().hypervisorPid();
    long kib = pssKib(qemu);
    if (box.isolation().jailed()) {
      kib += pssKib(ProcessHandle.of(qemu).flatMap(ProcessHandle::parent).orElseThrow().pid());
    }
    return Math.round(kib / 102.4) / 10.0;
  }

  private static long pssKib(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps_rollup")).stream()
        .filter(line -> line.startsWith("Pss:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }
}

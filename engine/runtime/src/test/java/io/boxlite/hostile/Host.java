package io.boxlite.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Boxlite;
import io.boxlite.LiteBox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a box is to its host: a process with threads, files and memory. */
final class Host {
  private static final int QEMU_MIB = 96;

  /** QEMU's threads for the disks come and go. */
  private static final int MAX_DISK_THREADS = 64;

  private final Path home;
  private final long pid;
  private final int memoryMib;
  private final List<String> files;
  private final List<Long> children;
  private final int maxThreads;
  private final List<String> open;

  private Host(Boxlite boxlite, LiteBox box) {
    home = boxlite.host().home();
    pid = box.info().hypervisorPid();
    memoryMib = box.info().memoryMib();
    files = files(home);
    children = children();
    maxThreads = list("task").size() + MAX_DISK_THREADS;
    open = open();
  }

  /** Returns what there is now. Nothing else may use the home directory meanwhile. */
  static Host of(Boxlite boxlite, LiteBox box) {
    return new Host(boxlite, box);
  }

  /** Fails unless there is what there was, and no more. */
  void assertUnchanged() {
    assertThat(children()).as("processes").isEqualTo(children);
    assertThat(files(home)).as("files of boxes").isEqualTo(files);
    assertThat(list("task")).as("threads of QEMU").hasSizeLessThanOrEqualTo(maxThreads);
    assertThat(open()).as("what QEMU has open").isEqualTo(open);
    assertThat(ownKib())
        .as("KiB of QEMU in memory, besides those of files")
        .isLessThan((memoryMib + QEMU_MIB) * 1024L);
  }

  private static List<Long> children() {
    return ProcessHandle.current()
        .descendants()
        .filter(ProcessHandle::isAlive)
        .map(ProcessHandle::pid)
        .sorted()
        .toList();
  }

  private static List<String> files(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.map(Path::toString).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> open() {
    return list("fd").stream().map(Host::target).sorted().toList();
  }

  private long ownKib() {
    return read(process("status"))
        .lines()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findAny()
        .orElseThrow();
  }

  private Path process(String file) {
    return Path.of("/proc", Long.toString(pid), file);
  }

  private List<Path> list(String directory) {
    try (Stream<Path> entries = Files.list(process(directory))) {
      return entries.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.boxlite.internal.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The processes that run in a directory, and what is still on its way to a program there. Their
 * arguments would not tell: the kernel shows none of a process that is about to run a program. Nor
 * would their parent, who may have other children.
 */
final class ProcessesIn {
  private ProcessesIn() {}

  static List<Long> directory(Path directory) throws IOException {
    Path real = directory.toRealPath();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .map(path -> path.getFileName().toString())
          .filter(name -> name.matches("\\d+"))
          .map(Long::valueOf)
          .filter(pid -> runsIn(real, pid))
          .toList();
    }
  }

  private static boolean runsIn(Path directory, long pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "cwd")).equals(directory);
    } catch (IOException e) {
      return false; // It has just ended.
    }
  }
}

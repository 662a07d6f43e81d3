package io.boxlite.internal.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The processes that run in a folder, and what is still on its way to a program there. Their
 * arguments would not tell: the kernel shows none of a process that is about to run a program. Nor
 * would their parent, who may have other children.
 */
final class ProcessesIn {
  private ProcessesIn() {}

  static List<Long> folder(Path folder) throws IOException {
    Path real = folder.toRealPath();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .map(path -> path.getFileName().toString())
          .filter(name -> name.matches("\\d+"))
          .map(Long::valueOf)
          .filter(pid -> runsIn(real, pid))
          .toList();
    }
  }

  private static boolean runsIn(Path folder, long pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "cwd")).equals(folder);
    } catch (IOException e) {
      return false; // It has just ended.
    }
  }
}

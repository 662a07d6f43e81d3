package io.boxlite.internal.host.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Reads and writes the files of a cgroup. */
final class CgroupFile {
  private CgroupFile() {}

  /** Writes a value in one write(2), as the kernel requires. Never creates a file. */
  static void write(Path file, String value) throws IOException {
    Files.write(file, value.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.WRITE);
  }

  /** Returns the lines of a file; none when it cannot be read. */
  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Returns the words of a file; none when it cannot be read. */
  static List<String> words(Path file) {
    return lines(file).stream()
        .flatMap(line -> List.of(line.strip().split("\\s+", -1)).stream())
        .filter(word -> !word.isEmpty())
        .toList();
  }

  /** Returns the number after a key, such as {@code oom_kill 2}; 0 when it is missing. */
  static long keyed(Path file, String key) {
    return lines(file).stream()
        .filter(line -> line.matches(key + " \\d{1,18}"))
        .mapToLong(line -> Long.parseLong(line.substring(key.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  /** Returns the number in a file; 0 when there is none. */
  static long number(Path file) {
    return lines(file).stream()
        .filter(line -> line.matches("\\d{1,18}"))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }
}

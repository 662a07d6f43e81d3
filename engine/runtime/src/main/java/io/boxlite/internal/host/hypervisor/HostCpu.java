package io.boxlite.internal.host.hypervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** What this machine's processors are. */
public final class HostCpu {
  /** Lines of proc(5), {@code /proc/cpuinfo}, that tell what a program may use. */
  private static final List<String> TELLING =
      List.of("vendor_id", "cpu family", "model", "model name", "stepping", "microcode", "flags");

  private HostCpu() {}

  /** Names the first processor and its features; the same text on machines that are alike. */
  public static String description() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .takeWhile(line -> !line.isBlank())
          .filter(line -> TELLING.contains(line.split("\t*:", 2)[0].strip()))
          .map(line -> line.replaceAll("\\s+", " "))
          .collect(Collectors.joining("; "));
    } catch (IOException e) {
      return "unknown";
    }
  }
}

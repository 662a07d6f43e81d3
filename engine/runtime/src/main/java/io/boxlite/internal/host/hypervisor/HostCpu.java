package io.boxlite.internal.host.hypervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Describes the processor of this machine. */
public final class HostCpu {
  /** The fields of {@code /proc/cpuinfo} (proc(5)) that identify a processor and its features. */
  private static final List<String> IDENTIFYING =
      List.of("vendor_id", "cpu family", "model", "model name", "stepping", "microcode", "flags");

  private HostCpu() {}

  /** Returns the model and features of the first processor, the same text on equal processors. */
  public static String description() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .takeWhile(line -> !line.isBlank())
          .filter(line -> IDENTIFYING.contains(line.split("\t*:", 2)[0].strip()))
          .map(line -> line.replaceAll("\\s+", " "))
          .collect(Collectors.joining("; "));
    } catch (IOException e) {
      return "unknown";
    }
  }
}

package io.boxlite.internal.host.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The memory that this process and its children may use: the machine's, or that of the control
 * groups it is in where those allow less.
 *
 * @param totalBytes all of it
 * @param availableBytes what can be had at this moment without swapping
 */
public record HostMemory(long totalBytes, long availableBytes) {
  /** Below a tenth nothing is kept that is not in use. */
  private static final int SHORT_DIVISOR = 10;

  /** Looks at this machine. */
  public static HostMemory now() {
    return under(Path.of("/"));
  }

  /** Looks at the machine whose {@code /proc} and {@code /sys} are under a directory. */
  static HostMemory under(Path root) {
    List<String> meminfo = lines(root.resolve("proc/meminfo"));
    long total = kib(meminfo, "MemTotal:", Long.MAX_VALUE >> 10) << 10;
    long available = kib(meminfo, "MemAvailable:", total >> 10) << 10;
    for (MemoryCgroup group : MemoryCgroup.ofThisProcess(root)) {
      total = Math.min(total, group.limitBytes());
      available = Math.min(available, Math.max(0, group.limitBytes() - group.usedBytes()));
    }
    return new HostMemory(total, available);
  }

  /** All of it in MiB. */
  public long totalMib() {
    return totalBytes >> 20;
  }

  /** What can be had at this moment, in MiB. */
  public long availableMib() {
    return availableBytes >> 20;
  }

  /** Whether so little is left that what is not in use should be given up. */
  public boolean isShort() {
    return availableBytes <= totalBytes / SHORT_DIVISOR;
  }

  /** A value of proc(5), {@code /proc/meminfo}. */
  private static long kib(List<String> meminfo, String name, long otherwise) {
    return meminfo.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(otherwise);
  }

  /** The lines of a file; none where it cannot be read. */
  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}

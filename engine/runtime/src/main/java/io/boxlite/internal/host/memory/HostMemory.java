package io.boxlite.internal.host.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The memory that this process and its children may use: the machine's, or less where a cgroup
 * limits it.
 *
 * @param totalBytes the total, in bytes
 * @param availableBytes what is available now without swapping, in bytes
 */
public record HostMemory(long totalBytes, long availableBytes) {
  /** Memory is short when less than a tenth is available. */
  private static final int SHORT_DIVISOR = 10;

  /** Returns the memory of this machine. */
  public static HostMemory now() {
    return under(Path.of("/"));
  }

  /**
   * Returns the memory of the machine whose {@code /proc} and {@code /sys} are under a directory.
   */
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

  /** Returns the total in MiB. */
  public long totalMib() {
    return totalBytes >> 20;
  }

  /** Returns whether so little is available that memory which is not in use should be released. */
  public boolean isShort() {
    return availableBytes <= totalBytes / SHORT_DIVISOR;
  }

  /** Returns a value of {@code /proc/meminfo} (proc(5)). */
  private static long kib(List<String> meminfo, String name, long otherwise) {
    return meminfo.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(otherwise);
  }

  /** Returns the lines of a file; none if it cannot be read. */
  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}

package io.boxlite.internal.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * This machine's memory at one moment.
 *
 * @param totalBytes all of it
 * @param availableBytes what programs can still get without swapping, as the kernel estimates it
 */
public record HostMemory(long totalBytes, long availableBytes) {
  /** Below a tenth nothing is kept that is not in use. */
  private static final int RESERVE_DIVISOR = 10;

  /** Reads proc(5), {@code /proc/meminfo}. */
  public static HostMemory now() {
    long total = 0;
    long available = 0;
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemTotal:")) {
          total = bytes(line);
        } else if (line.startsWith("MemAvailable:")) {
          available = bytes(line);
        }
      }
    } catch (IOException e) {
      // Nothing is known, and nothing is kept.
      return new HostMemory(0, 0);
    }
    return new HostMemory(total, available);
  }

  /** Whether so little is left that what is not in use should be given up. */
  public boolean isShort() {
    return availableBytes <= totalBytes / RESERVE_DIVISOR;
  }

  private static long bytes(String line) {
    String kib = line.substring(line.indexOf(':') + 1).replace("kB", "").strip();
    return Long.parseLong(kib) << 10;
  }
}

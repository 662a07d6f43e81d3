package io.boxlite.internal.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process, distinguished from a later one with the same pid.
 *
 * @param pid the process id
 * @param startTicks its start time, in clock ticks since boot
 */
public record ProcessIdentity(long pid, long startTicks) {
  /** Index of field 22 of {@code /proc/pid/stat} (proc(5)) among the fields after the name. */
  private static final int START_TIME = 22 - 3;

  /** Returns the process with this pid; empty when there is none. */
  public static Optional<ProcessIdentity> of(long pid) {
    return stat(pid).map(stat -> new ProcessIdentity(pid, Long.parseLong(stat[START_TIME])));
  }

  /** Returns whether the process is running. A zombie is not. */
  public boolean isAlive() {
    return stat(pid)
        .filter(stat -> Long.parseLong(stat[START_TIME]) == startTicks)
        .filter(stat -> !stat[0].equals("Z") && !stat[0].equals("X"))
        .isPresent();
  }

  /** Returns the fields after the name, which may contain spaces and parentheses. */
  private static Optional<String[]> stat(long pid) {
    try {
      byte[] bytes = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "stat"));
      String line = new String(bytes, StandardCharsets.ISO_8859_1);
      return Optional.of(line.substring(line.lastIndexOf(')') + 2).split(" ", -1));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}

package io.boxlite.internal.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One process, told apart from a later one that got the same number.
 *
 * @param pid the process's number
 * @param startTicks when it started, in clock ticks since the machine did
 */
public record ProcessIdentity(long pid, long startTicks) {
  /** Where field 22 of proc(5), {@code /proc/pid/stat}, is, counted from behind the name. */
  private static final int START_TIME = 22 - 3;

  /** Looks a process up by its number; empty when there is none. */
  public static Optional<ProcessIdentity> of(long pid) {
    return stat(pid).map(stat -> new ProcessIdentity(pid, Long.parseLong(stat[START_TIME])));
  }

  /** Whether the process still runs; a dead one that its parent has not waited for does not. */
  public boolean isAlive() {
    return stat(pid)
        .filter(stat -> Long.parseLong(stat[START_TIME]) == startTicks)
        .filter(stat -> !stat[0].equals("Z") && !stat[0].equals("X"))
        .isPresent();
  }

  /** The fields from the state on: the name before it may hold blanks and parentheses. */
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

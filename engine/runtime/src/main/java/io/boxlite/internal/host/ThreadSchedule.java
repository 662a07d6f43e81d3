package io.boxlite.internal.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the host's scheduler has given a thread since it started, and what it has kept from it.
 *
 * @param runNanos how long it ran on a processor
 * @param waitNanos how long it was ready to run and waited for a processor
 */
public record ThreadSchedule(long runNanos, long waitNanos) {

  /**
   * Reads the schedule of a thread, of any process of this user (proc(5), {@code
   * /proc/PID/task/TID/schedstat}). Empty when there is no such thread, or the kernel keeps no such
   * account.
   */
  public static Optional<ThreadSchedule> of(long pid, long tid) {
    Path file = Path.of("/proc", Long.toString(pid), "task", Long.toString(tid), "schedstat");
    try {
      String[] fields =
          new String(Files.readAllBytes(file), StandardCharsets.US_ASCII).strip().split(" ", 3);
      return fields.length < 3
          ? Optional.empty()
          : Optional.of(new ThreadSchedule(Long.parseLong(fields[0]), Long.parseLong(fields[1])));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** What both threads had together. */
  public ThreadSchedule plus(ThreadSchedule other) {
    return new ThreadSchedule(runNanos + other.runNanos, waitNanos + other.waitNanos);
  }

  /** What the thread had since an earlier look at it. */
  public ThreadSchedule since(ThreadSchedule earlier) {
    return new ThreadSchedule(runNanos - earlier.runNanos, waitNanos - earlier.waitNanos);
  }
}

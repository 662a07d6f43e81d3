package io.boxlite.internal.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How long a thread has run, and has waited for a processor, since it started.
 *
 * @param runNanos time on a processor, in nanoseconds
 * @param waitNanos time ready to run but waiting for a processor, in nanoseconds
 */
public record ThreadSchedule(long runNanos, long waitNanos) {

  /**
   * Reads the times of a thread of any process of this user ({@code /proc/PID/task/TID/schedstat},
   * proc(5)). Empty when the thread does not exist, or the kernel does not provide the times.
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

  /** Returns the sum of this and another thread's times. */
  public ThreadSchedule plus(ThreadSchedule other) {
    return new ThreadSchedule(runNanos + other.runNanos, waitNanos + other.waitNanos);
  }

  /** Returns the difference from an earlier reading of the same thread. */
  public ThreadSchedule since(ThreadSchedule earlier) {
    return new ThreadSchedule(runNanos - earlier.runNanos, waitNanos - earlier.waitNanos);
  }
}

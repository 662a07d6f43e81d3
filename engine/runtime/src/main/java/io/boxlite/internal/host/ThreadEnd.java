package io.boxlite.internal.host;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Waits for threads that were told to end. An interrupt does not shorten the wait; the interrupt
 * status is restored afterwards.
 */
public final class ThreadEnd {
  private static final Duration FOREVER = Duration.ofDays(365);

  private ThreadEnd() {}

  /** Waits until the thread has ended. */
  public static void await(Thread thread) {
    await(thread, FOREVER);
  }

  /**
   * Waits until the thread has ended or the timeout has passed.
   *
   * @param timeout how long to wait
   */
  public static void await(Thread thread, Duration timeout) {
    Deadline deadline = Deadline.in(timeout);
    boolean interrupted = Thread.interrupted();
    while (thread.isAlive() && !deadline.isOver()) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(thread, deadline.left().toNanos());
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

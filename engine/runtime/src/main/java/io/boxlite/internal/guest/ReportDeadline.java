package io.boxlite.internal.guest;

import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The time by which a guest must report the end of an execution. The guest enforces the wall-clock
 * limit itself; this loses the box of a guest that does not.
 */
final class ReportDeadline {
  private final AgentClient client;
  private final Duration wallTime;
  private final Duration timeout;
  private final Runnable drain;

  // Guarded by this.
  private @Nullable Future<?> timer;
  private boolean over;

  /**
   * Creates a deadline that is not running yet.
   *
   * @param wallTime the execution's limit
   * @param timeout how long after the limit the box is lost
   * @param drain receives unread output, behind which the report may wait
   */
  ReportDeadline(AgentClient client, Duration wallTime, Duration timeout, Runnable drain) {
    this.client = client;
    this.wallTime = wallTime;
    this.timeout = timeout;
    this.drain = drain;
  }

  synchronized void start() {
    timer = client.after(wallTime.plus(timeout.dividedBy(8)), this::overdue);
  }

  synchronized void stop() {
    over = true;
    if (timer != null) {
      timer.cancel(false);
    }
  }

  private void overdue() {
    synchronized (this) {
      if (over) {
        return;
      }
      timer = client.after(timeout, this::expired);
    }
    // After the timer was set: the report can arrive within the call, and stops the timer.
    drain.run();
  }

  private void expired() {
    client.lost(
        "its guest did not report the end of a program "
            + timeout.toSeconds()
            + " s after its time limit of "
            + wallTime);
  }
}

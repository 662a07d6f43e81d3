package io.boxlite.internal.guest;

import io.boxlite.text.DurationText;
import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Loses the box of a guest that does not continue to copy files, although its kernel responds. Such
 * a copy has no time limit, since its size is not known. Only time in which this side waits for the
 * guest counts.
 */
final class ProgressWatch implements AutoCloseable {
  private final AgentClient client;
  private final Duration limit;
  private final Runnable onLost;

  // Guarded by this.
  private long waitingSince;
  private boolean waiting;
  private boolean over;
  private @Nullable Future<?> timer;

  /**
   * Creates a watch that is not running yet.
   *
   * @param onLost runs when the box is lost, at the start if it is
   */
  ProgressWatch(AgentClient client, Runnable onLost) {
    this.client = client;
    this.onLost = onLost;
    limit = client.silence().multipliedBy(4); // a slow disk may delay a copy
  }

  void start() {
    again(limit);
    client.started(this);
  }

  /** The next message of the guest is waited for. */
  synchronized void waiting() {
    waitingSince = System.nanoTime();
    waiting = true;
  }

  /** Nothing is waited for any more. */
  synchronized void progressed() {
    waiting = false;
  }

  /** The box is lost. */
  void lost() {
    onLost.run();
  }

  /** Ends the watch. */
  @Override
  public void close() {
    client.ended(this);
    synchronized (this) {
      over = true;
      if (timer != null) {
        timer.cancel(false);
      }
    }
  }

  private synchronized void again(Duration delay) {
    if (!over) {
      timer = client.after(delay, this::check);
    }
  }

  private void check() {
    Duration left;
    synchronized (this) {
      if (over) {
        return;
      }
      left = waiting ? limit.minusNanos(System.nanoTime() - waitingSince) : limit;
    }
    if (left.isNegative() || left.isZero()) {
      client.lost(
          "its guest did not continue to copy files for "
              + DurationText.format(limit)
              + ", though its kernel responds");
    } else {
      again(left);
    }
  }
}

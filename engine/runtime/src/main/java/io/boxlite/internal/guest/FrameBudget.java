package io.boxlite.internal.guest;

import java.util.concurrent.TimeUnit;

/**
 * Limits the frames without payload data that a guest may send. A well-behaved guest sends few on
 * its own; the others are responses, so what it is sent earns it more.
 */
final class FrameBudget {
  /** More than a guest can have to send at any moment, for example after calls were cancelled. */
  private static final long MAX_FRAMES = 40_000;

  private static final long FRAMES_PER_SECOND = 1_000;
  private static final int SENT_BYTES_PER_FRAME = 16;

  /** The response to a ping, RFC 9113, section 6.7. A guest earns nothing by its own pings. */
  private static final int MAX_PONG_BYTES = 17;

  private double left = MAX_FRAMES;
  private long lastNanos;

  FrameBudget(long nowNanos) {
    lastNanos = nowNanos;
  }

  /** Records that the guest was sent this many bytes at once. */
  void sent(int bytes) {
    if (bytes > MAX_PONG_BYTES) {
      left = Math.min(MAX_FRAMES, left + (double) bytes / SENT_BYTES_PER_FRAME);
    }
  }

  /** Charges for received frames. Returns whether the budget covers them. */
  boolean spend(long cost, long nowNanos) {
    double earned =
        (double) (nowNanos - lastNanos) * FRAMES_PER_SECOND / TimeUnit.SECONDS.toNanos(1);
    lastNanos = nowNanos;
    left = Math.min(MAX_FRAMES, left + earned) - cost;
    return left >= 0;
  }
}

package io.boxlite.internal.guest;

import java.util.concurrent.TimeUnit;

/**
 * How many frames without a program's data a guest may send. An honest one sends few of its own
 * accord, and otherwise answers: what it was sent lets it send more.
 */
final class FrameBudget {
  /** Much more than a guest can owe at any moment: what was on its way when a call was ended. */
  private static final long MOST = 40_000;

  private static final long A_SECOND = 1_000;
  private static final int BYTES_SENT_A_FRAME = 16;

  /**
   * The answer to a ping, RFC 9113, section 6.7: for what it asks itself, a guest earns nothing.
   */
  private static final int LONGEST_ANSWER = 17;

  private double left = MOST;
  private long lastNanos;

  FrameBudget(long nowNanos) {
    lastNanos = nowNanos;
  }

  /** The guest was sent so many bytes at once. */
  void sent(int bytes) {
    if (bytes > LONGEST_ANSWER) {
      left = Math.min(MOST, left + (double) bytes / BYTES_SENT_A_FRAME);
    }
  }

  /** Whether it could afford what it has sent. */
  boolean spend(long cost, long nowNanos) {
    double earned = (double) (nowNanos - lastNanos) * A_SECOND / TimeUnit.SECONDS.toNanos(1);
    lastNanos = nowNanos;
    left = Math.min(MOST, left + earned) - cost;
    return left >= 0;
  }
}

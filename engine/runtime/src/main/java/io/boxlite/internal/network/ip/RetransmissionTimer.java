package io.boxlite.internal.network.ip;

/**
 * Says when the guest has had long enough to answer (RFC 6298). The time until then is doubled each
 * time.
 */
final class RetransmissionTimer {
  /** The first time, in ticks. */
  private static final int INITIAL_TICKS = 3;

  private static final int MAX_TICKS = 100;
  private static final int MAX_DOUBLINGS = 8;

  private int ticksLeft = INITIAL_TICKS;
  private int doublings;
  private int unanswered;

  /** Counts a tick. Returns whether the guest has had long enough. */
  boolean hasExpired() {
    if (--ticksLeft > 0) {
      return false;
    }
    doublings = Math.min(doublings + 1, MAX_DOUBLINGS);
    unanswered++;
    ticksLeft = Math.min(MAX_TICKS, INITIAL_TICKS << doublings);
    return true;
  }

  /** Returns how often it has expired since the guest answered for the last time. */
  int unanswered() {
    return unanswered;
  }

  /** The guest has answered, but has taken nothing. */
  void answered() {
    unanswered = 0;
  }

  /** The guest has taken something, or has nothing to take. */
  void restart() {
    ticksLeft = INITIAL_TICKS;
    doublings = 0;
    unanswered = 0;
  }
}

package io.boxlite.internal.host;

import java.time.Duration;

/** A point in time that limits several steps together. */
public final class Deadline {
  private final Duration whole;
  private final long nanoTime;

  private Deadline(Duration whole) {
    this.whole = whole;
    nanoTime = System.nanoTime() + whole.toNanos();
  }

  /** Returns the deadline that is over after the given duration. */
  public static Deadline in(Duration whole) {
    return new Deadline(whole);
  }

  /** Returns the remaining time; zero when the deadline is over. */
  public Duration left() {
    return Duration.ofNanos(Math.max(0, nanoTime - System.nanoTime()));
  }

  /** Returns whether no time remains. */
  public boolean isOver() {
    return left().isZero();
  }

  /** Returns the duration that this deadline was created with. */
  public Duration whole() {
    return whole;
  }
}

package io.boxlite.internal.host;

import java.time.Duration;

/** A moment that several steps have to share. */
public final class Deadline {
  private final Duration whole;
  private final long nanoTime;

  private Deadline(Duration whole) {
    this.whole = whole;
    nanoTime = System.nanoTime() + whole.toNanos();
  }

  public static Deadline in(Duration whole) {
    return new Deadline(whole);
  }

  /** What is left, and never less than nothing. */
  public Duration left() {
    return Duration.ofNanos(Math.max(0, nanoTime - System.nanoTime()));
  }

  public boolean isOver() {
    return left().isZero();
  }

  /** The time that there was in all. */
  public Duration whole() {
    return whole;
  }
}

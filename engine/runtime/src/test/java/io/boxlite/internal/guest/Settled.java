package io.boxlite.internal.guest;

import java.util.function.Predicate;

/** Whether a number that only grows has stayed the same, and not 0, for half a second. */
final class Settled implements Predicate<Integer> {
  private static final long NANOS = 500_000_000;

  private int last;
  private long since = System.nanoTime();

  @Override
  public boolean test(Integer value) {
    if (value != last) {
      last = value;
      since = System.nanoTime();
    }
    return value > 0 && System.nanoTime() - since > NANOS;
  }
}

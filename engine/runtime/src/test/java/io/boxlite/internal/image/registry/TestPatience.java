package io.boxlite.internal.image.registry;

import java.time.Duration;

/** Patience for tests: long with what a busy machine delays, short between attempts. */
final class TestPatience {
  private static final Duration LONG = Duration.ofMinutes(1);

  static final Patience SHORT = of(LONG, LONG);

  private TestPatience() {}

  /** Does not wait long for an answer. */
  static Patience response(Duration response) {
    return of(response, LONG);
  }

  /** Soon takes a body for stalled. */
  static Patience window(Duration window) {
    return of(LONG, window);
  }

  private static Patience of(Duration response, Duration window) {
    return new Patience(
        LONG, response, window, 100, 3, Duration.ofMillis(20), Duration.ofSeconds(5));
  }
}

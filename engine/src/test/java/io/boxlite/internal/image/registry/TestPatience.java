package io.boxlite.internal.image.registry;

import java.time.Duration;

/** Patience for tests. */
final class TestPatience {
  static final Patience SHORT =
      new Patience(
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofMillis(300),
          100,
          3,
          Duration.ofMillis(20),
          Duration.ofSeconds(5));

  private TestPatience() {}

  static Patience response(Duration response) {
    return new Patience(
        SHORT.connect(),
        response,
        SHORT.window(),
        SHORT.windowBytes(),
        SHORT.attempts(),
        SHORT.firstDelay(),
        SHORT.longestDelay());
  }
}

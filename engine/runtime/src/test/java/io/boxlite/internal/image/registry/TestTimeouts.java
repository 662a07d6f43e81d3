package io.boxlite.internal.image.registry;

import java.time.Duration;

/** RegistryTimeouts for tests: long with what a busy machine delays, short between attempts. */
final class TestTimeouts {
  private static final Duration LONG = Duration.ofMinutes(1);

  static final RegistryTimeouts SHORT = of(LONG, LONG);

  private TestTimeouts() {}

  /** Does not wait long for an answer. */
  static RegistryTimeouts response(Duration response) {
    return of(response, LONG);
  }

  /** Soon takes a body for stalled. */
  static RegistryTimeouts window(Duration window) {
    return of(LONG, window);
  }

  private static RegistryTimeouts of(Duration response, Duration window) {
    return new RegistryTimeouts(
        LONG, response, window, 100, 3, Duration.ofMillis(20), Duration.ofSeconds(5));
  }
}

package io.boxlite.internal.image.registry;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Thrown for a response after which the request should be repeated. */
final class RetryLater extends IOException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Duration delay;

  /**
   * Creates the exception with a message.
   *
   * @param delay how long the registry asks to wait; null if it does not say
   */
  RetryLater(String message, @Nullable Duration delay) {
    super(message);
    this.delay = delay;
  }

  @Nullable Duration delay() {
    return delay;
  }
}

package io.boxlite.internal.image.registry;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An answer that says to ask again. */
final class RetryLater extends IOException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Duration delay;

  /**
   * Takes the answer's words.
   *
   * @param delay how long the registry asks to wait; null when it does not say
   */
  RetryLater(String message, @Nullable Duration delay) {
    super(message);
    this.delay = delay;
  }

  @Nullable Duration delay() {
    return delay;
  }
}

package io.boxlite;

import org.jspecify.annotations.Nullable;

/**
 * An image that is not in the store and could not be fetched: its registry cannot be reached,
 * refuses, or fails.
 */
public final class ImagePullException extends ImageNotFoundException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message that says what was wrong, which value, and what to do. */
  public ImagePullException(String message) {
    super(message);
  }

  /** Makes one with a message as above and the failure behind it. */
  public ImagePullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

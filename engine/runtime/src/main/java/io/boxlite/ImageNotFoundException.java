package io.boxlite;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the image of a reference does not exist, in the store, in a local source or in its
 * registry.
 */
public final class ImageNotFoundException extends BoxliteException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message that says what was wrong, which value, and what to do. */
  public ImageNotFoundException(String message) {
    super(message);
  }

  /** Makes one with a message as above and the failure behind it. */
  public ImageNotFoundException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

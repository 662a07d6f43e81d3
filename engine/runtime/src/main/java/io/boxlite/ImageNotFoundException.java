package io.boxlite;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the image of a reference does not exist, in the store, in a local source or in its
 * registry.
 */
public final class ImageNotFoundException extends BoxliteException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message that says what is wrong and what to do. */
  public ImageNotFoundException(String message) {
    super(message);
  }

  /** Creates an exception with a message, as above, and the underlying failure. */
  public ImageNotFoundException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

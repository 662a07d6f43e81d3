package io.boxlite;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the content of an image does not match its manifest or digest, or violates its
 * format.
 */
public final class ImageIntegrityException extends BoxliteException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message that says what is wrong and what to do. */
  public ImageIntegrityException(String message) {
    super(message);
  }

  /** Creates an exception with a message, as above, and the underlying failure. */
  public ImageIntegrityException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

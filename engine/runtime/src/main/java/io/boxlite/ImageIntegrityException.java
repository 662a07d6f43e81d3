package io.boxlite;

import org.jspecify.annotations.Nullable;

/** An image whose bytes are not what its manifest, digest or format promises. */
public final class ImageIntegrityException extends BoxliteException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message that says what was wrong, which value, and what to do. */
  public ImageIntegrityException(String message) {
    super(message);
  }

  /** Makes one with a message as above and the failure behind it. */
  public ImageIntegrityException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

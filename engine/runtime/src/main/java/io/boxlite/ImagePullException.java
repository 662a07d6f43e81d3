package io.boxlite;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when an image cannot be pulled: its registry cannot be reached, denies access, or fails.
 * This does not say whether the image exists; {@link ImageNotFoundException} does.
 */
public final class ImagePullException extends BoxliteException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message that says what is wrong and what to do. */
  public ImagePullException(String message) {
    super(message);
  }

  /** Creates an exception with a message, as above, and the underlying failure. */
  public ImagePullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

package io.boxlite;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when an image cannot be pulled: its registry cannot be reached, denies access, or fails.
 * This does not say whether the image exists; {@link ImageNotFoundException} does.
 */
public final class ImagePullException extends BoxliteException {
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

package io.boxlite;

import org.jspecify.annotations.Nullable;

/** An image reference that leads to no image. */
public sealed class ImageNotFoundException extends BoxliteException permits ImagePullException {
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

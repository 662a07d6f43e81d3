package io.boxlite;

import org.jspecify.annotations.Nullable;

/** What can go wrong in the engine; each cause worth telling apart is a subclass. */
public class BoxliteException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message that says what was wrong, which value, and what to do. */
  public BoxliteException(String message) {
    super(message);
  }

  /** Makes one with a message as above and the failure behind it. */
  public BoxliteException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

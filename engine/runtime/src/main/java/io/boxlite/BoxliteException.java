package io.boxlite;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when an operation of the engine fails. Subclasses tell apart the causes that callers may
 * handle differently.
 */
public class BoxliteException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message that says what is wrong and what to do. */
  public BoxliteException(String message) {
    super(message);
  }

  /** Creates an exception with a message, as above, and the underlying failure. */
  public BoxliteException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

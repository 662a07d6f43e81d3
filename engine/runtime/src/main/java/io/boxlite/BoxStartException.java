package io.boxlite;

import org.jspecify.annotations.Nullable;

/** Thrown when a box cannot be started. */
public final class BoxStartException extends BoxliteException {
  private static final long serialVersionUID = 1L;

  private final String consoleTail;

  /**
   * Creates an exception.
   *
   * @param message what happened and what to do
   * @param consoleTail the last lines of the guest's console; may be empty
   * @param cause the underlying failure, if any
   */
  public BoxStartException(String message, String consoleTail, @Nullable Throwable cause) {
    super(consoleTail.isEmpty() ? message : message + "\nconsole:\n" + consoleTail, cause);
    this.consoleTail = consoleTail;
  }

  /**
   * Returns the last lines that the guest's kernel and agent wrote to the console; may be empty.
   */
  public String consoleTail() {
    return consoleTail;
  }
}

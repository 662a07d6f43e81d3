package io.boxlite;

import org.jspecify.annotations.Nullable;

/** A box that could not be started. */
public final class BoxStartException extends BoxliteException {
  private static final long serialVersionUID = 1L;

  private final String consoleTail;

  /**
   * Makes one.
   *
   * @param message what happened, which value, and what to do
   * @param consoleTail the last lines of the guest's console, empty when it said nothing
   * @param cause the failure behind it, if any
   */
  public BoxStartException(String message, String consoleTail, @Nullable Throwable cause) {
    super(consoleTail.isEmpty() ? message : message + "\nconsole:\n" + consoleTail, cause);
    this.consoleTail = consoleTail;
  }

  /** The last lines that the guest's kernel and agent wrote to the console; may be empty. */
  public String consoleTail() {
    return consoleTail;
  }
}

package io.boxlite;

import org.jspecify.annotations.Nullable;

/** A box that died or stopped answering while it was in use. */
public final class BoxLostException extends BoxliteException {
  private static final long serialVersionUID = 1L;

  private final String consoleTail;

  /**
   * Makes one.
   *
   * @param message what happened, which value, and what to do
   * @param consoleTail the last lines of the guest's console, empty when it said nothing
   * @param cause the failure behind it, if any
   */
  public BoxLostException(String message, String consoleTail, @Nullable Throwable cause) {
    super(consoleTail.isEmpty() ? message : message + "\nconsole:\n" + consoleTail, cause);
    this.consoleTail = consoleTail;
  }

  /** The last lines that the guest's kernel and agent wrote to the console; may be empty. */
  public String consoleTail() {
    return consoleTail;
  }
}

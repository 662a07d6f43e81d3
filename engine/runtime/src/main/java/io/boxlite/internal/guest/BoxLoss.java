package io.boxlite.internal.guest;

import io.boxlite.BoxLostException;

/**
 * Why a box can no longer be used.
 *
 * @param why a sentence that names the box
 * @param consoleTail the last lines of the guest's console; empty if it printed nothing
 */
public record BoxLoss(String why, String consoleTail) {

  /** Returns the loss as an exception with the caller's stack. */
  public BoxLostException exception() {
    return new BoxLostException(why, consoleTail, null);
  }

  /** Returns reason and console tail, formatted like the exception's message. */
  public String message() {
    return String.valueOf(exception().getMessage());
  }
}

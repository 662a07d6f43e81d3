package io.boxlite.internal.guest;

import io.boxlite.BoxLostException;

/**
 * Why a box cannot be used any more.
 *
 * @param why a sentence that names the box
 * @param consoleTail the last lines of the guest's console, empty when it said nothing
 */
public record BoxLoss(String why, String consoleTail) {

  /** The loss as an exception with the caller's stack. */
  public BoxLostException exception() {
    return new BoxLostException(why, consoleTail, null);
  }

  /** Reason and console tail, as the exception has them. */
  public String message() {
    return String.valueOf(exception().getMessage());
  }
}

package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;

/** A saved state that the hypervisor refused; one that is made again may be accepted. */
final class StateRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final BoxStartException failure;

  StateRefusedException(BoxStartException failure) {
    super(failure.getMessage(), failure);
    this.failure = failure;
  }

  /** Returns the exception for the user when there is nothing else to try. */
  BoxStartException failure() {
    return failure;
  }
}

package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;

/** Thrown when the hypervisor refuses a saved state. A state that is made again may be accepted. */
final class StateRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final BoxStartException failure;

  StateRefusedException(BoxStartException failure) {
    super(failure.getMessage(), failure);
    this.failure = failure;
  }

  /** Returns the exception for the user, to be thrown when making the state again does not help. */
  BoxStartException failure() {
    return failure;
  }
}

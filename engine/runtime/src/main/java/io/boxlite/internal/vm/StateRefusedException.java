package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;

/** A saved state that QEMU does not take: it is of no use, and another one may be. */
final class StateRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final BoxStartException failure;

  StateRefusedException(BoxStartException failure) {
    super(failure.getMessage(), failure);
    this.failure = failure;
  }

  /** What to tell the user when there is nothing else to try. */
  BoxStartException failure() {
    return failure;
  }
}

package io.boxlite;

import org.jspecify.annotations.Nullable;

/** Thrown when no usable hypervisor is found, or the requested accelerator is not available. */
public final class HypervisorUnavailableException extends BoxliteException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message that says what is wrong and what to do. */
  public HypervisorUnavailableException(String message) {
    super(message);
  }

  /** Creates an exception with a message, as above, and the underlying failure. */
  public HypervisorUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

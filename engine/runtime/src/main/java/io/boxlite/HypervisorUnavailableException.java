package io.boxlite;

import org.jspecify.annotations.Nullable;

/** No usable hypervisor, or not the accelerator that was asked for. */
public final class HypervisorUnavailableException extends BoxliteException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message that says what was wrong, which value, and what to do. */
  public HypervisorUnavailableException(String message) {
    super(message);
  }

  /** Makes one with a message as above and the failure behind it. */
  public HypervisorUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

package io.boxlite.internal.vm.machine;

import org.jspecify.annotations.Nullable;

/** Thrown when a hypervisor refuses a command, fails to execute it, or does not answer. */
public class HypervisorException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean unanswered;

  /**
   * Creates an exception.
   *
   * @param unanswered whether there was no answer in time, or the connection ended
   */
  public HypervisorException(String message, boolean unanswered, @Nullable Throwable cause) {
    super(message, cause);
    this.unanswered = unanswered;
  }

  /** Returns whether there was no answer: not in time, or because the connection ended. */
  public boolean isUnanswered() {
    return unanswered;
  }
}

package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.vm.machine.HypervisorException;
import org.jspecify.annotations.Nullable;

/** Thrown when QEMU refuses a QMP command, or does not answer it. */
final class QmpException extends HypervisorException {
  private static final long serialVersionUID = 1L;

  private QmpException(String message, boolean unanswered, @Nullable Throwable cause) {
    super(message, unanswered, cause);
  }

  /**
   * Returns the exception for a refused command.
   *
   * @param errorClass QEMU's class of the error, such as {@code CommandNotFound}
   */
  static QmpException refused(String command, String errorClass, String description) {
    return new QmpException(
        "QEMU refused " + command + ": " + description + " (" + errorClass + ")", false, null);
  }

  static QmpException noAnswer(String command, String why, @Nullable Throwable cause) {
    return new QmpException("QEMU did not answer " + command + ": " + why, true, cause);
  }
}

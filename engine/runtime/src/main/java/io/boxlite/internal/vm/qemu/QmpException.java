package io.boxlite.internal.vm.qemu;

import org.jspecify.annotations.Nullable;

/** A QMP command that QEMU refused, or that got no answer. */
public final class QmpException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The class of failures that QEMU did not name: no answer in time, a closed session. */
  static final String NO_ANSWER = "NoAnswer";

  private final String errorClass;

  private QmpException(String errorClass, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.errorClass = errorClass;
  }

  static QmpException refused(String command, String errorClass, String description) {
    return new QmpException(
        errorClass, "QEMU refused " + command + ": " + description + " (" + errorClass + ")", null);
  }

  public static QmpException noAnswer(String command, String why, @Nullable Throwable cause) {
    return new QmpException(NO_ANSWER, "QEMU did not answer " + command + ": " + why, cause);
  }

  /** Whether QEMU said nothing: in time, or because the connection has ended. */
  public boolean isNoAnswer() {
    return errorClass.equals(NO_ANSWER);
  }

  /** QEMU's class of the error, such as {@code GenericError} or {@code CommandNotFound}. */
  String errorClass() {
    return errorClass;
  }
}

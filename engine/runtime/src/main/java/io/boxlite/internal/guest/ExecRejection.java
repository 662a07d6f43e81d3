package io.boxlite.internal.guest;

import io.boxlite.BoxliteException;
import io.grpc.Status;
import java.util.Optional;

/** Converts the status of a refused Exec into an exception for the caller. */
final class ExecRejection {
  private ExecRejection() {}

  /**
   * Returns the exception for a status: {@link IllegalArgumentException} for an error in the
   * command, {@link BoxliteException} if the guest has no resources for another process tree. Empty
   * if the status is not one that agent.proto defines for Exec.
   */
  static Optional<RuntimeException> of(Status status, String box) {
    String said = GuestText.clean(status.getDescription());
    return switch (status.getCode()) {
      case INVALID_ARGUMENT ->
          // Of the fields that only a guest can validate, two have other names in the protocol.
          Optional.of(
              new IllegalArgumentException(
                  said.replace("working_directory \"", "workingDir \"")
                      .replace("stdin_file \"", "stdinFile \"")));
      case FAILED_PRECONDITION -> Optional.of(cannotRun(box, said));
      // gRPC itself reports a message that is too long with this code; the guest did not refuse
      // anything.
      case RESOURCE_EXHAUSTED ->
          CallFailure.violation(status).isPresent()
              ? Optional.empty()
              : Optional.of(cannotRun(box, said));
      default -> Optional.empty();
    };
  }

  private static BoxliteException cannotRun(String box, String said) {
    return new BoxliteException("box " + box + " cannot run a command: " + said);
  }
}

package io.boxlite.internal.guest;

import io.boxlite.BoxliteException;
import io.grpc.Status;
import java.util.Optional;

/** Why a guest has not started a program, as an exception for whoever asked it to. */
final class Refusal {
  private Refusal() {}

  /**
   * The exception that tells it: {@link IllegalArgumentException} for a fault in the command,
   * {@link BoxliteException} when the guest cannot carry another process tree. Empty when the
   * status is no refusal of the contract (agent.proto, Exec).
   */
  static Optional<RuntimeException> of(Status status, String box) {
    String said = GuestText.clean(status.getDescription());
    return switch (status.getCode()) {
      case INVALID_ARGUMENT ->
          // Of all fields that only a guest can check, two have another name in its contract.
          Optional.of(
              new IllegalArgumentException(
                  said.replace("working_directory \"", "workingDir \"")
                      .replace("stdin_file \"", "stdinFile \"")));
      case FAILED_PRECONDITION -> Optional.of(cannotRun(box, said));
      // gRPC itself says so of a message that is too long, which no refusal of the guest's is.
      case RESOURCE_EXHAUSTED ->
          said.contains("exceeds maximum size")
              ? Optional.empty()
              : Optional.of(cannotRun(box, said));
      default -> Optional.empty();
    };
  }

  private static BoxliteException cannotRun(String box, String said) {
    return new BoxliteException("box " + box + " cannot run a command: " + said);
  }
}

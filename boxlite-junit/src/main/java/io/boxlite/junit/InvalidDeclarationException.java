package io.boxlite.junit;

/** A {@link Box} that cannot be met as it stands; the message names its place. */
final class InvalidDeclarationException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  InvalidDeclarationException(String message) {
    super(message);
  }

  InvalidDeclarationException(String message, Throwable cause) {
    super(message, cause);
  }
}

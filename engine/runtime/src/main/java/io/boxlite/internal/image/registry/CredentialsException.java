package io.boxlite.internal.image.registry;

/** Thrown when credentials cannot be read. The message contains no secret. */
final class CredentialsException extends Exception {
  private static final long serialVersionUID = 1L;

  CredentialsException(String message) {
    super(message);
  }
}

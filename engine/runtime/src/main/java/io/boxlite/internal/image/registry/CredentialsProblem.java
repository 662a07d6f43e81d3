package io.boxlite.internal.image.registry;

/** Thrown when credentials cannot be read. The message contains no secret. */
final class CredentialsProblem extends Exception {
  private static final long serialVersionUID = 1L;

  CredentialsProblem(String message) {
    super(message);
  }
}

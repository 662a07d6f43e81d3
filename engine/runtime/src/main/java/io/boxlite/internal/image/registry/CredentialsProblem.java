package io.boxlite.internal.image.registry;

/** Why credentials were not found where they should be. Its message shows no secret. */
final class CredentialsProblem extends Exception {
  private static final long serialVersionUID = 1L;

  CredentialsProblem(String message) {
    super(message);
  }
}

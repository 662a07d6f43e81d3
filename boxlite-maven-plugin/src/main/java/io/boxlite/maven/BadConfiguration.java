package io.boxlite.maven;

/** An invalid configuration; the message names the field. */
final class BadConfiguration extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BadConfiguration(String message) {
    super(message);
  }
}

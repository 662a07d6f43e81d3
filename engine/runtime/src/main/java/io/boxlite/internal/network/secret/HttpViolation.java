package io.boxlite.internal.network.secret;

/** A message that is not valid HTTP/1.1, or that could be read in more than one way. */
final class HttpViolation extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * Creates the exception.
   *
   * @param status of the response to a request of this kind
   */
  HttpViolation(int status, String message) {
    super(message);
    this.status = status;
  }

  HttpViolation(String message) {
    this(400, message);
  }

  int status() {
    return status;
  }
}

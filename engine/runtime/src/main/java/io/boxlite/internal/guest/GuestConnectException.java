package io.boxlite.internal.guest;

import java.io.IOException;

/** A connection in a guest was not established. */
public final class GuestConnectException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The program that asked for the connection does not wait for it any more. */
  static final int GIVEN_UP = 0;

  /** Linux, asm-generic/errno.h. */
  private static final int ECONNREFUSED = 111;

  private final int errno;

  GuestConnectException(int errno) {
    super(
        switch (errno) {
          case GIVEN_UP -> "the program does not wait for the connection any more";
          case ECONNREFUSED -> "connection refused: no program of the box listens on the port";
          default -> "connecting in the guest failed with errno " + errno;
        });
    this.errno = errno;
  }

  /** Returns whether no program listens on the port. */
  public boolean isRefused() {
    return errno == ECONNREFUSED;
  }
}

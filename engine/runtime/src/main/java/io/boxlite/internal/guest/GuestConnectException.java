package io.boxlite.internal.guest;

import java.io.IOException;

/** A connection to a program of a guest was not established. */
public final class GuestConnectException extends IOException {
  private static final long serialVersionUID = 1L;

  // Linux, asm-generic/errno.h.
  private static final int ETIMEDOUT = 110;
  private static final int ECONNREFUSED = 111;

  private final int errno;

  GuestConnectException(int errno) {
    super(
        switch (errno) {
          case ECONNREFUSED -> "connection refused: no program of the box listens on the port";
          case ETIMEDOUT -> "connection timed out: the box does not answer";
          default -> "connecting in the guest failed with errno " + errno;
        });
    this.errno = errno;
  }

  /** Returns the exception for a guest that has refused the connection. */
  public static GuestConnectException refused() {
    return new GuestConnectException(ECONNREFUSED);
  }

  /** Returns the exception for a guest that has not answered. */
  public static GuestConnectException timedOut() {
    return new GuestConnectException(ETIMEDOUT);
  }

  /** Returns whether no program listens on the port. */
  public boolean isRefused() {
    return errno == ECONNREFUSED;
  }
}

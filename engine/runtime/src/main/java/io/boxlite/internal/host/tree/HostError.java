package io.boxlite.internal.host.tree;

/** A system call failed. Has no stack trace, since most failures are ordinary answers. */
public final class HostError extends Exception {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * Creates the failure.
   *
   * @param errno the number of the error, one of {@link Errno}
   */
  public HostError(int errno) {
    super("errno " + errno, null, false, false);
    this.errno = errno;
  }

  /** Returns the number of the error. */
  public int errno() {
    return errno;
  }
}

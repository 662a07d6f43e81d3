package io.boxlite;

import io.boxlite.internal.check.Arguments;

/**
 * The size of a terminal in characters.
 *
 * @param rows lines, 1 to 65535
 * @param columns characters a line, 1 to 65535
 */
public record TtySize(int rows, int columns) {
  private static final int MOST = 65_535; // struct winsize holds unsigned shorts, ioctl_tty(2)

  /** Checks the ranges. */
  public TtySize {
    Arguments.inRange("rows", rows, 1, MOST);
    Arguments.inRange("columns", columns, 1, MOST);
  }
}

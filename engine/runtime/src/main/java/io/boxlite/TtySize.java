package io.boxlite;

import io.boxlite.internal.check.Arguments;

/**
 * The size of a terminal in characters.
 *
 * @param rows lines, 1 to 65535
 * @param columns characters per line, 1 to 65535
 */
public record TtySize(int rows, int columns) {
  private static final int MAX = 65_535; // struct winsize holds unsigned shorts, ioctl_tty(2)

  /** Creates a size. */
  public TtySize {
    Arguments.inRange("rows", rows, 1, MAX);
    Arguments.inRange("columns", columns, 1, MAX);
  }
}

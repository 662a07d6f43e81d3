package io.boxlite.internal.host;

import java.util.function.IntConsumer;

/** A file descriptor of this process, until it is closed; then its number may be another's. */
final class Descriptor implements AutoCloseable {
  private final String what;
  private int number;

  /**
   * Owns a descriptor.
   *
   * @param what what is open, for messages
   * @param number as open(2) gives it
   */
  Descriptor(String what, int number) {
    this.what = what;
    this.number = number;
  }

  /**
   * The number.
   *
   * @throws IllegalStateException when it is closed
   */
  synchronized int number() {
    if (number < 0) {
      throw new IllegalStateException(what + " is closed");
    }
    return number;
  }

  @Override
  public void close() {
    close(open -> {});
  }

  /** Does something with its number and closes it; nothing when it is closed already. */
  synchronized void close(IntConsumer last) {
    if (number >= 0) {
      int open = number;
      number = -1;
      try {
        last.accept(open);
      } finally {
        LibC.get().close(open);
      }
    }
  }
}

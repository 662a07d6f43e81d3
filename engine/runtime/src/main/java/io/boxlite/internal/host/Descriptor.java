package io.boxlite.internal.host;

import java.util.function.IntConsumer;

/**
 * A file descriptor of this process. Once it is closed, its number may be reused and is no longer
 * handed out.
 */
public final class Descriptor implements AutoCloseable {
  private final String what;
  private int number;

  /**
   * Takes ownership of a descriptor.
   *
   * @param what a description of the open file, for messages
   * @param number the number that open(2) returned
   */
  public Descriptor(String what, int number) {
    this.what = what;
    this.number = number;
  }

  /**
   * Returns the number.
   *
   * @throws IllegalStateException when the descriptor is closed
   */
  public synchronized int number() {
    if (number < 0) {
      throw new IllegalStateException(what + " is closed");
    }
    return number;
  }

  @Override
  public void close() {
    close(open -> {});
  }

  /** Runs an action with the number and closes the descriptor; does nothing when it is closed. */
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

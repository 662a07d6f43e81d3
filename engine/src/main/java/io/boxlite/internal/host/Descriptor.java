package io.boxlite.internal.host;

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
  public synchronized void close() {
    if (number >= 0) {
      int open = number;
      number = -1;
      LibC.get().close(open);
    }
  }
}

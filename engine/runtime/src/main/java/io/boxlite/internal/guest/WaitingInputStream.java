package io.boxlite.internal.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Objects;

/** An input stream that waits for what comes from a guest. */
public abstract class WaitingInputStream extends InputStream {
  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public final int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    return length == 0 ? 0 : take(target, offset, length);
  }

  /**
   * Waits until there is something to read, and reads it.
   *
   * @param length at least 1
   * @return the number of bytes, at least 1; -1 at the end of the stream
   */
  protected abstract int take(byte[] target, int offset, int length) throws IOException;

  /**
   * Waits until this thread is notified, or without a reason.
   *
   * @param monitor what this thread has locked
   * @param doing what an interrupt interrupts, for the message of the exception
   * @throws InterruptedIOException if the thread is interrupted; its interrupt status is then set
   */
  @SuppressWarnings("WaitNotInLoop") // The caller loops.
  public static void await(Object monitor, String doing) throws InterruptedIOException {
    try {
      monitor.wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while " + doing);
    }
  }
}

package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One output stream of an execution: written by the connection's thread, which never waits, read by
 * any thread, which may. The execution is the lock of both.
 */
public final class GuestOutput extends InputStream {
  private final GuestExec exec;
  private final String name;
  private final ByteQueue queue = new ByteQueue();
  private long total;
  private @Nullable Consumer<ByteString> receiver;
  private boolean kept;
  private long mostKept = Long.MAX_VALUE;
  private boolean trimmed;
  private boolean ended;
  private boolean closed;
  private @Nullable String failure;

  GuestOutput(GuestExec exec, String name) {
    this.exec = exec;
    this.name = name;
  }

  String name() {
    return name;
  }

  /** All that ever came. */
  long total() {
    return total;
  }

  /** What waits for a reader. */
  long unread() {
    return kept ? 0 : queue.size();
  }

  /** Keeps all that is unread and that will come, without waiting for a reader. */
  public void keep() {
    keep(Long.MAX_VALUE);
  }

  /**
   * Keeps what is unread and will come, without waiting for a reader.
   *
   * @param most bytes, of which the last are kept
   */
  public void keep(long most) {
    synchronized (exec) {
      kept = true;
      mostKept = most;
      trim();
      exec.askForMore();
    }
  }

  /**
   * Gives what is unread and what will come to a receiver, in place of a reader. It is called with
   * the execution locked, by the connection's thread, which it must not hold up.
   */
  public void deliverTo(Consumer<ByteString> receiver) {
    synchronized (exec) {
      this.receiver = receiver;
      receiver.accept(ByteString.copyFrom(queue.takeAll()));
      exec.askForMore();
    }
  }

  /** Takes what was kept, without waiting. */
  public byte[] takeAll() {
    synchronized (exec) {
      return queue.takeAll();
    }
  }

  /** Whether not all was kept. */
  public boolean isTrimmed() {
    synchronized (exec) {
      return trimmed;
    }
  }

  void add(ByteString bytes) {
    total += bytes.size();
    if (receiver != null) {
      receiver.accept(bytes);
    } else if (!closed) {
      queue.add(bytes);
      trim();
    }
  }

  private void trim() {
    if (kept && queue.trimTo(mostKept)) {
      trimmed = true;
    }
  }

  /** Ends the stream behind what is in it: with an error when the end is not the program's. */
  void end(@Nullable String failure) {
    ended = true;
    this.failure = failure;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    synchronized (exec) {
      while (queue.size() == 0 && !ended && !closed) {
        await();
      }
      if (closed) {
        throw new IOException(name + " is closed");
      }
      int count = queue.take(target, offset, length);
      if (count > 0) {
        exec.askForMore();
        return count;
      }
      if (failure != null) {
        throw new IOException(name + " broke off: " + failure);
      }
      return -1;
    }
  }

  @Override
  public int available() {
    synchronized (exec) {
      return (int) Math.min(queue.size(), Integer.MAX_VALUE);
    }
  }

  /** Throws away what is unread and what will come. */
  @Override
  public void close() {
    synchronized (exec) {
      closed = true;
      queue.clear();
      exec.askForMore();
      exec.notifyAll();
    }
  }

  private void await() throws InterruptedIOException {
    try {
      exec.wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading " + name);
    }
  }
}

package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One output stream of an execution. The connection's thread writes and never blocks; any thread
 * reads and may block. The execution is the lock for both.
 */
public final class GuestOutput extends WaitingInputStream {
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

  /** Returns the number of bytes ever received. */
  long total() {
    return total;
  }

  /** Returns the number of bytes that wait for a reader. */
  long unread() {
    return kept ? 0 : queue.size();
  }

  /**
   * Keeps the end of what is unread or arrives later, without waiting for a reader.
   *
   * @param most the number of bytes to keep
   */
  public void keep(long most) {
    synchronized (exec) {
      kept = true;
      mostKept = most;
      trim();
      exec.requestMore();
    }
  }

  /**
   * Passes what is unread and what arrives later to a consumer, instead of a reader. The consumer
   * is called by the connection's thread, with the execution locked, and must not block.
   */
  public void deliverTo(Consumer<ByteString> receiver) {
    synchronized (exec) {
      this.receiver = receiver;
      receiver.accept(queue.takeAll());
      exec.requestMore();
    }
  }

  /** Removes and returns what was kept, without blocking. */
  public byte[] takeAll() {
    synchronized (exec) {
      return queue.takeAll().toByteArray();
    }
  }

  /** Returns whether some of the output was not kept. */
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

  /** Ends the stream after its content; with an error if the program did not end by itself. */
  void end(@Nullable String failure) {
    ended = true;
    this.failure = failure;
  }

  @Override
  protected int take(byte[] target, int offset, int length) throws IOException {
    synchronized (exec) {
      while (queue.isEmpty() && !ended && !closed) {
        await(exec, "reading " + name);
      }
      if (closed) {
        throw new IOException(name + " is closed");
      }
      int count = queue.take(target, offset, length);
      if (count > 0) {
        exec.requestMore();
        return count;
      }
      if (failure != null) {
        throw new IOException(name + " ended early: " + failure);
      }
      return -1;
    }
  }

  @Override
  public int available() {
    synchronized (exec) {
      return queue.size();
    }
  }

  /** Discards what is unread and what arrives later. */
  @Override
  public void close() {
    synchronized (exec) {
      closed = true;
      queue.clear();
      exec.requestMore();
      exec.notifyAll();
    }
  }
}

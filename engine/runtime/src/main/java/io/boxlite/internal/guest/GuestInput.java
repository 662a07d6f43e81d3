package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Objects;

/** The standard input of an execution. A write blocks until the connection accepts it. */
final class GuestInput extends OutputStream {
  private static final int CHUNK = 64 << 10;

  private final GuestExec exec;
  private boolean closed;

  GuestInput(GuestExec exec) {
    this.exec = exec;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, source.length);
    for (int from = offset; from < offset + length; from += CHUNK) {
      int count = Math.min(CHUNK, offset + length - from);
      send(ByteString.copyFrom(source, from, count));
    }
  }

  @Override
  public void close() {
    synchronized (exec) {
      closed = true;
      exec.endInput();
    }
  }

  private void send(ByteString bytes) throws IOException {
    synchronized (exec) {
      while (!exec.isEnded() && !closed && !exec.canSend()) {
        await();
      }
      if (closed) {
        throw new IOException("stdin is closed");
      }
      if (exec.isEnded()) {
        throw new IOException("the program that should read this has ended");
      }
      exec.sendInput(bytes);
    }
  }

  private void await() throws InterruptedIOException {
    try {
      exec.wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while writing stdin");
    }
  }
}

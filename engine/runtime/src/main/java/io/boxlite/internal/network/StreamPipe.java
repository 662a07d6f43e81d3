package io.boxlite.internal.network;

import com.google.protobuf.ByteString;
import io.boxlite.GuestConnection;
import io.boxlite.internal.guest.ByteQueue;
import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.internal.guest.WaitingInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An end of a connection that threads read and write, which may block. */
public final class StreamPipe implements StreamEnd, GuestConnection {
  private static final int MAX_UNCONSUMED_BYTES = 256 << 10;
  private static final int MAX_WRITE_BYTES = 64 << 10;

  private final Input input = new Input();
  private final Output output = new Output();

  // Guarded by this, as all below.
  private final ByteQueue received = new ByteQueue();
  private @Nullable StreamEnd other;
  private int unconsumed;
  private boolean readEnded;
  private boolean writeEnded;
  private boolean broken;
  private boolean closed;

  @Override
  public synchronized void deliverTo(StreamEnd other) {
    this.other = other;
    notifyAll();
  }

  @Override
  public synchronized void write(ByteString data) {
    received.add(data);
    notifyAll();
  }

  @Override
  public synchronized void end() {
    readEnded = true;
    notifyAll();
  }

  @Override
  public synchronized void reset() {
    broken = true;
    notifyAll();
  }

  @Override
  public synchronized void consumed(int bytes) {
    unconsumed -= bytes;
    notifyAll();
  }

  @Override
  public InputStream input() {
    return input;
  }

  @Override
  public OutputStream output() {
    return output;
  }

  @Override
  public void close() {
    StreamEnd end;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      end = readEnded && writeEnded && received.isEmpty() ? null : other;
      notifyAll();
    }
    if (end != null) {
      end.reset();
    }
  }

  /** Waits for something to happen; throws if nothing more can. */
  private void awaitChange() throws IOException {
    if (closed) {
      throw new IOException("the connection was closed");
    }
    if (broken) {
      throw new IOException("the connection was broken by the box");
    }
    WaitingInputStream.await(this, "using a connection to a box");
  }

  private final class Input extends WaitingInputStream {
    @Override
    protected int take(byte[] into, int offset, int length) throws IOException {
      int taken;
      StreamEnd source;
      synchronized (StreamPipe.this) {
        while (received.isEmpty()) {
          if (readEnded && !closed) {
            return -1;
          }
          awaitChange();
        }
        source = other;
        ByteString data = received.take(length);
        taken = data.size();
        data.copyTo(into, offset);
      }
      if (source != null) {
        source.consumed(taken);
      }
      return taken;
    }

    @Override
    public int available() {
      synchronized (StreamPipe.this) {
        return received.size();
      }
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, from.length);
      int at = offset;
      while (at < offset + length) {
        int part = Math.min(MAX_WRITE_BYTES, offset + length - at);
        StreamEnd target;
        synchronized (StreamPipe.this) {
          while (other == null || broken || closed || unconsumed >= MAX_UNCONSUMED_BYTES) {
            awaitChange();
          }
          if (writeEnded) {
            throw new IOException("the output was closed");
          }
          unconsumed += part;
          target = other;
        }
        target.write(ByteString.copyFrom(from, at, part));
        at += part;
      }
    }

    @Override
    public void close() {
      StreamEnd target;
      synchronized (StreamPipe.this) {
        target = writeEnded || closed ? null : other;
        writeEnded = true;
      }
      if (target != null) {
        target.end();
      }
    }
  }
}

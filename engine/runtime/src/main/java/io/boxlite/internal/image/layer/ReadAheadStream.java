package io.boxlite.internal.image.layer;

import io.boxlite.internal.host.ThreadEnd;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads another stream in a separate thread, some buffers ahead, so that data is decompressed while
 * earlier data is written.
 */
final class ReadAheadStream extends InputStream {
  private static final int BUFFERS = 8;
  private static final int BUFFER_SIZE = 1 << 18;

  /** A full buffer, a failure, or with no bytes the end of the stream. */
  private record Chunk(byte[] bytes, int length, @Nullable Throwable failure) {}

  private final InputStream source;
  private final Thread thread;
  private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(BUFFERS + 1);
  private final BlockingQueue<byte[]> empty = new ArrayBlockingQueue<>(BUFFERS);
  private Chunk current = new Chunk(new byte[0], 0, null);
  private int position;
  private boolean ended;

  ReadAheadStream(InputStream source, String threadName) {
    this.source = source;
    for (int i = 0; i < BUFFERS; i++) {
      empty.add(new byte[BUFFER_SIZE]);
    }
    thread = new Thread(this::fill, threadName);
    thread.setDaemon(true);
    thread.start();
  }

  private void fill() {
    Chunk last = new Chunk(new byte[0], 0, null);
    try {
      while (true) {
        byte[] buffer = empty.take();
        int length = source.readNBytes(buffer, 0, buffer.length);
        if (length == 0) {
          break;
        }
        full.put(new Chunk(buffer, length, null));
      }
    } catch (InterruptedException e) {
      return;
    } catch (IOException | RuntimeException | Error e) {
      last = new Chunk(new byte[0], 0, e);
    }
    // The queue has room for all BUFFERS buffers.
    full.add(last);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (position == current.length && !next()) {
      return -1;
    }
    int count = Math.min(length, current.length - position);
    System.arraycopy(current.bytes, position, to, offset, count);
    position += count;
    return count;
  }

  private boolean next() throws IOException {
    if (ended) {
      return false;
    }
    if (current.length > 0) {
      empty.add(current.bytes);
    }
    position = 0;
    try {
      current = nextChunk();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      current = new Chunk(new byte[0], 0, null);
      throw new InterruptedIOException("interrupted while reading a layer");
    }
    if (current.failure != null) {
      ended = true;
      rethrow(current.failure);
    }
    ended = current.length == 0;
    return !ended;
  }

  /** Waits for the thread, unless it died without a message, as when the heap is full. */
  private Chunk nextChunk() throws IOException, InterruptedException {
    while (true) {
      boolean alive = thread.isAlive();
      Chunk chunk = full.poll(alive ? 1000 : 0, TimeUnit.MILLISECONDS);
      if (chunk != null) {
        return chunk;
      }
      if (!alive) {
        throw new IOException("the thread " + thread.getName() + " has died");
      }
    }
  }

  private static void rethrow(Throwable failure) throws IOException {
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    throw (Error) failure;
  }

  /** Ends the thread and closes the source. */
  @Override
  public void close() throws IOException {
    thread.interrupt();
    ThreadEnd.await(thread);
    source.close();
  }
}

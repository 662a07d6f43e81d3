package io.boxlite.internal.image.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes response bodies that arrive too slowly or are no longer wanted. Neither a timeout nor an
 * interrupt affects a thread that waits for the next byte of a body.
 */
final class StallWatch implements AutoCloseable {
  private final RegistryTimeouts timeout;
  private final OwnedThreads thread;
  private final ScheduledExecutorService clock;
  private final Set<Body> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  StallWatch(RegistryTimeouts timeout, String image) {
    this.timeout = timeout;
    thread = new OwnedThreads("boxlite-pull-watch " + image);
    clock = new ScheduledThreadPoolExecutor(1, thread);
  }

  /** Watches a body until it is closed. */
  InputStream watch(InputStream in) throws IOException {
    Body body = new Body(in);
    open.add(body);
    if (closed) {
      body.close();
      throw new IOException("the pull was cancelled");
    }
    body.start();
    return body;
  }

  /** Closes all bodies. */
  @Override
  public void close() {
    closed = true;
    open.forEach(body -> body.end("the pull was cancelled"));
    clock.shutdownNow();
    thread.join();
  }

  private final class Body extends FilterInputStream {
    private volatile long bytes;
    private long bytesBefore;
    private volatile @Nullable String ended;
    private volatile @Nullable ScheduledFuture<?> ticks;

    Body(InputStream in) {
      super(in);
    }

    void start() {
      long window = timeout.window().toNanos();
      ticks = clock.scheduleWithFixedDelay(this::tick, window, window, TimeUnit.NANOSECONDS);
    }

    private void tick() {
      long got = bytes - bytesBefore;
      bytesBefore = bytes;
      if (got < timeout.windowBytes()) {
        end("it stalled: " + got + " bytes in " + timeout.window().toMillis() + " ms");
      }
    }

    void end(String why) {
      ended = why;
      try {
        in.close();
      } catch (IOException e) {
        // The reader gets an exception with the reason.
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // only the reader writes it
    public int read(byte[] to, int offset, int length) throws IOException {
      int got;
      try {
        got = in.read(to, offset, length);
      } catch (IOException e) {
        throw ended == null ? e : new IOException(ended, e);
      }
      if (ended != null) {
        throw new IOException(ended);
      }
      bytes += Math.max(got, 0);
      return got;
    }

    @Override
    public void close() throws IOException {
      open.remove(this);
      ScheduledFuture<?> task = ticks;
      if (task != null) {
        task.cancel(false);
      }
      in.close();
    }
  }
}

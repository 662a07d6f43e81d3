package io.boxlite.internal.guest;

import io.boxlite.internal.host.ThreadEnd;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A reference to the threads that serve the connections of all boxes in this JVM.
 *
 * <p>The first reference starts them, and closing the last one ends them.
 */
public final class GuestIo implements AutoCloseable {
  /**
   * Netty makes ids of channels from the machine's hardware address, and logs a warning where there
   * is none, such as in a container without a network. Nothing here uses the ids.
   */
  private static final String MACHINE_ID = "io.grpc.netty.shaded.io.netty.machineId";

  static {
    if (System.getProperty(MACHINE_ID) == null) {
      System.setProperty(MACHINE_ID, "00:00:00:00:00:00:00:00");
    }
  }

  private static final Object LOCK = new Object();
  private static final long TIMEOUT_SECONDS = 5;

  // Both are guarded by LOCK.
  private static @Nullable GuestIo shared;
  private static int shares;

  private final EventLoopGroup loops;
  private final Queue<Thread> threads;
  private final AtomicBoolean closed = new AtomicBoolean();

  private GuestIo(EventLoopGroup loops, Queue<Thread> threads) {
    this.loops = loops;
    this.threads = threads;
  }

  /** Acquires a reference. */
  public static GuestIo share() {
    synchronized (LOCK) {
      if (shared == null) {
        // These threads only move frames and never block, so a few serve many boxes.
        int threads = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
        Threads factory = new Threads();
        shared =
            new GuestIo(
                new MultiThreadIoEventLoopGroup(threads, factory, NioIoHandler.newFactory()),
                factory.made);
      }
      shares++;
      return new GuestIo(shared.loops, shared.threads);
    }
  }

  /** Runs a task after a delay, on a thread that must not be blocked. */
  Future<?> after(Duration delay, Runnable task) {
    return loops.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Returns the threads, which must not be blocked. */
  public EventLoopGroup loops() {
    return loops;
  }

  /** Releases the reference. The last one waits until the threads have ended. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    synchronized (LOCK) {
      if (--shares > 0) {
        return;
      }
      shared = null;
    }
    Future<?> unused = loops.shutdownGracefully(0, TIMEOUT_SECONDS, TimeUnit.SECONDS);
    // A group reports that it has terminated a moment before its last thread ends.
    for (Thread thread : threads) {
      ThreadEnd.await(thread, Duration.ofSeconds(TIMEOUT_SECONDS));
    }
  }

  private static final class Threads extends DefaultThreadFactory {
    private final Queue<Thread> made = new ConcurrentLinkedQueue<>();

    Threads() {
      super("boxlite-guest-io", true);
    }

    @Override
    public Thread newThread(Runnable task) {
      Thread thread = super.newThread(task);
      made.add(thread);
      return thread;
    }
  }
}

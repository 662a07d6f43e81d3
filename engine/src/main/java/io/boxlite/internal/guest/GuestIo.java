package io.boxlite.internal.guest;

import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A share in the threads that carry the connections of all boxes in this JVM.
 *
 * <p>The first share starts them, and closing the last one ends them.
 */
public final class GuestIo implements AutoCloseable {
  private static final Object LOCK = new Object();
  private static final long PATIENCE_SECONDS = 5;

  // Both are guarded by LOCK.
  private static @Nullable EventLoopGroup shared;
  private static int shares;

  private final EventLoopGroup loops;
  private final AtomicBoolean closed = new AtomicBoolean();

  private GuestIo(EventLoopGroup loops) {
    this.loops = loops;
  }

  /** Takes a share. */
  public static GuestIo share() {
    synchronized (LOCK) {
      if (shared == null) {
        // Frames are only moved here, never waited for: few threads carry many boxes.
        int threads = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
        shared =
            new MultiThreadIoEventLoopGroup(
                threads,
                new DefaultThreadFactory("boxlite-guest-io", true),
                NioIoHandler.newFactory());
      }
      shares++;
      return new GuestIo(shared);
    }
  }

  EventLoopGroup loops() {
    return loops;
  }

  /** Gives the share back. The last one waits until the threads have ended. */
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
    loops.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS);
    boolean interrupted = Thread.interrupted();
    try {
      loops.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.boxlite.internal.guest;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The bytes between the engine and one guest, below HTTP/2. Records when the guest was last heard
 * of, sends pings, and ensures that a guest that floods its connection harms only its own box.
 *
 * <p>All boxes share a few threads. So little is read from one guest at once. A guest whose many
 * small frames take long to process is not read for three times as long. One that sends more frames
 * than it can need is reported.
 */
final class GuestWire extends ChannelDuplexHandler {
  /** The number of bytes read from a guest before others have their turn. */
  static final int READ_BYTES = 16 << 10;

  /** The number of frames that are expected at most in one read, if they have a reasonable size. */
  private static final int MANY_FRAMES = 64;

  /** Processing time of one read that needs no pause. */
  private static final long FREE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** A guest gets at most a quarter of a thread's time. */
  private static final int PAUSES = 3;

  private static final long MAX_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /**
   * The number of bytes that may wait until a guest reads them. gRPC holds back large data, so more
   * than this are responses to requests of a guest that does not read them.
   */
  private static final long MAX_UNSENT = 4 << 20;

  private final Consumer<String> flooded;
  private final FrameReader frames;
  private final FrameBudget budget = new FrameBudget(System.nanoTime());
  private volatile @Nullable ChannelHandlerContext context;
  private volatile long lastHeardNanos;
  private volatile boolean heard;
  private boolean over;

  /**
   * Creates the handler of one connection.
   *
   * @param isOpen whether the stream with this number is open
   * @param flooded called once with the violation, which completes "its guest …"
   */
  GuestWire(IntPredicate isOpen, Consumer<String> flooded) {
    this.flooded = flooded;
    frames = new FrameReader(isOpen);
  }

  /** Returns whether anything was ever received from the guest. */
  boolean isHeard() {
    return heard;
  }

  /**
   * Returns when something was last received, by {@link System#nanoTime}; undefined before that.
   */
  long lastHeardNanos() {
    return lastHeardNanos;
  }

  /** Sends a ping, which the agent answers whatever else it does. Does not block. */
  void ping() {
    ChannelHandlerContext known = context;
    if (known != null) {
      known
          .executor()
          .execute(
              () -> {
                if (frames.expectPong()) {
                  known.writeAndFlush(Unpooled.wrappedBuffer(FrameReader.PING));
                }
              });
    }
  }

  /** Closes the connection at once: HTTP/2 could wait for the guest. */
  void close() {
    ChannelHandlerContext known = context;
    if (known != null) {
      known.close();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    ctx.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    frames.release();
    ctx.fireChannelInactive();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf bytes) {
      budget.sent(bytes.readableBytes());
    }
    ctx.write(message, promise);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (over) {
      bytes.release();
      return;
    }
    long start = System.nanoTime();
    lastHeardNanos = start;
    heard = true;
    String fault = frames.read(bytes, ctx::fireChannelRead);
    if (fault == null && !budget.spend(frames.takeCost(), start)) {
      fault = "floods its connection with frames that were not requested";
    }
    // A channel that is being closed holds nothing, but reports Long.MAX_VALUE.
    long unsent = ctx.channel().bytesBeforeWritable();
    if (fault == null && unsent > MAX_UNSENT && unsent < Long.MAX_VALUE) {
      fault = "does not read the responses to its requests";
    }
    if (fault != null) {
      over = true;
      flooded.accept(fault);
      // Closes at once: HTTP/2 would wait for the guest to read what it was sent.
      ctx.close();
      return;
    }
    if (frames.takeFrames() > MANY_FRAMES) {
      holdUp(ctx, System.nanoTime() - start);
    }
  }

  private static void holdUp(ChannelHandlerContext ctx, long worked) {
    if (worked > FREE_NANOS) {
      ctx.channel().config().setAutoRead(false);
      long pause = Math.min(PAUSES * worked, MAX_PAUSE_NANOS);
      ctx.executor()
          .schedule(() -> ctx.channel().config().setAutoRead(true), pause, TimeUnit.NANOSECONDS);
    }
  }
}

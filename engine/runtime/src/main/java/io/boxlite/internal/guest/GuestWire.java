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
 * The bytes between the engine and one guest, below HTTP/2: says when the guest was last heard of,
 * asks it for a sign of life, and sees to it that a guest which floods its connection harms nobody
 * but its own box.
 *
 * <p>All boxes share few threads. So what is read of one guest at once is little; a guest whose
 * many small frames take long to work through waits for three times as long before it is read
 * again; and one that sends more frames than anything honest needs is told of.
 */
final class GuestWire extends ChannelDuplexHandler {
  /** What is read of a guest before others have their turn. */
  static final int READ_BYTES = 16 << 10;

  /** What is read at once has as many frames at most where they are of a good size. */
  private static final int MANY_FRAMES = 64;

  /** Work on what was read at once that nobody has to wait for. */
  private static final long FREE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** A guest has at most a quarter of the time of a thread. */
  private static final int PAUSES = 3;

  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /**
   * What may wait until a guest reads it. gRPC holds back what is much: more than this are answers
   * to what the guest asks for and does not read.
   */
  private static final long MOST_UNSENT = 4 << 20;

  private final Consumer<String> flooded;
  private final FrameReader frames;
  private final FrameBudget budget = new FrameBudget(System.nanoTime());
  private volatile @Nullable ChannelHandlerContext context;
  private volatile long lastHeardNanos;
  private volatile boolean heard;
  private boolean over;

  /**
   * Belongs to one connection.
   *
   * @param isOpen whether a stream of this number is under way
   * @param flooded is told once what the guest does that it must not; it completes "its guest …"
   */
  GuestWire(IntPredicate isOpen, Consumer<String> flooded) {
    this.flooded = flooded;
    frames = new FrameReader(isOpen);
  }

  /** Whether anything has ever come from the guest. */
  boolean isHeard() {
    return heard;
  }

  /** When something came last, by {@link System#nanoTime}; means nothing before. */
  long lastHeardNanos() {
    return lastHeardNanos;
  }

  /** Asks the guest for an answer, which its agent gives whatever else it does; does not wait. */
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
      fault = "floods its connection with frames that nobody asked for";
    }
    // A channel that is being closed holds nothing, and says that it holds Long.MAX_VALUE.
    long unsent = ctx.channel().bytesBeforeWritable();
    if (fault == null && unsent > MOST_UNSENT && unsent < Long.MAX_VALUE) {
      fault = "does not read the answers to what it asks for";
    }
    if (fault != null) {
      over = true;
      flooded.accept(fault);
      // At once: HTTP/2 would wait for the guest to read what it was sent.
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
      long pause = Math.min(PAUSES * worked, LONGEST_PAUSE_NANOS);
      ctx.executor()
          .schedule(() -> ctx.channel().config().setAutoRead(true), pause, TimeUnit.NANOSECONDS);
    }
  }
}

package io.boxlite.internal.network;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.ByteQueue;
import io.boxlite.internal.guest.StreamEnd;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelException;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelFutureListener;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.socket.ChannelInputShutdownEvent;
import io.grpc.netty.shaded.io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A TCP socket of the host as one end of a connection. All its state belongs to its event loop. */
final class SocketEnd extends ChannelInboundHandlerAdapter implements StreamEnd {
  private static final int MAX_UNCONSUMED_BYTES = 256 << 10;

  private final DuplexChannel channel;
  private @Nullable StreamEnd other;
  private int maxUnconsumed = MAX_UNCONSUMED_BYTES;
  private int unconsumed;
  private boolean readEnded;

  // What is written.
  private final ByteQueue waiting = new ByteQueue();
  private boolean endRequested;
  private boolean endPassedOn;
  private boolean writeEnded;
  private boolean over;

  /** The channel must not read by itself, and must allow half-closure. */
  SocketEnd(Channel channel) {
    this.channel = (DuplexChannel) channel;
  }

  /**
   * Limits how much may wait for the other end, besides what was read last.
   *
   * @param bytes at most 256 KiB, which is the default
   */
  void limit(int bytes) {
    onLoop(() -> maxUnconsumed = Math.min(bytes, MAX_UNCONSUMED_BYTES));
  }

  /** Returns the thread that serves the socket. */
  Executor thread() {
    return channel.eventLoop();
  }

  /** Returns what completes when the socket has been closed. */
  CompletableFuture<Void> closed() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    channel.closeFuture().addListener(done -> closed.complete(null));
    return closed;
  }

  @Override
  public void deliverTo(StreamEnd other) {
    onLoop(
        () -> {
          this.other = other;
          if (over || !channel.isActive()) {
            other.reset();
          } else {
            read();
          }
        });
  }

  @Override
  public void write(ByteString data) {
    onLoop(
        () -> {
          if (!over && other != null) {
            waiting.add(data);
            send();
          }
        });
  }

  /** Sends what waits. While the socket takes nothing, it waits here, where it costs least. */
  private void send() {
    if (!over && !waiting.isEmpty() && channel.isWritable()) {
      ByteString data = waiting.takeAll();
      int length = data.size();
      ChannelFuture unused =
          channel
              .writeAndFlush(Unpooled.wrappedBuffer(data.asReadOnlyByteBuffer()))
              .addListener(
                  written -> {
                    if (!written.isSuccess()) {
                      broken();
                    } else if (other != null) {
                      other.consumed(length);
                    }
                  });
    }
    if (!over && endRequested && waiting.isEmpty() && !endPassedOn) {
      endPassedOn = true;
      // Netty sends what was written before; closing the channel earlier would lose that.
      ChannelFuture unused =
          channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> endWriting());
    }
  }

  private void endWriting() {
    writeEnded = true;
    if (readEnded) {
      finish();
    } else {
      ChannelFuture unused = channel.shutdownOutput();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    send();
  }

  @Override
  public void end() {
    onLoop(
        () -> {
          endRequested = true;
          send();
        });
  }

  @Override
  public void reset() {
    onLoop(
        () -> {
          if (!over) {
            over = true;
            waiting.clear();
            try {
              // With this option, closing sends a reset.
              channel.config().setOption(ChannelOption.SO_LINGER, 0);
            } catch (ChannelException e) {
              // The socket was closed before.
            }
            ChannelFuture unused = channel.close();
          }
        });
  }

  @Override
  public void consumed(int bytes) {
    onLoop(
        () -> {
          unconsumed -= bytes;
          read();
        });
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    try {
      if (other != null && !over) {
        unconsumed += bytes.readableBytes();
        other.write(ByteString.copyFrom(bytes.nioBuffer()));
      }
    } finally {
      bytes.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    read();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE && !readEnded) {
      readEnded = true;
      if (other != null) {
        other.end();
      }
      if (writeEnded) {
        finish();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    broken();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    broken();
  }

  private void read() {
    if (other != null && !readEnded && !over && unconsumed < maxUnconsumed) {
      channel.read();
    }
  }

  private void finish() {
    over = true;
    ChannelFuture unused = channel.close();
  }

  private void broken() {
    if (!over) {
      over = true;
      waiting.clear();
      ChannelFuture unused = channel.close().addListener(ChannelFutureListener.CLOSE);
      if (other != null) {
        other.reset();
      }
    }
  }

  private void onLoop(Runnable task) {
    if (channel.eventLoop().inEventLoop()) {
      task.run();
    } else {
      channel.eventLoop().execute(task);
    }
  }
}

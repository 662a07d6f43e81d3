package io.boxlite.internal.network;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.StreamEnd;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelFutureListener;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.socket.ChannelInputShutdownEvent;
import io.grpc.netty.shaded.io.netty.channel.socket.DuplexChannel;
import org.jspecify.annotations.Nullable;

/** A TCP socket of the host as one end of a connection. All its state belongs to its event loop. */
final class SocketEnd extends ChannelInboundHandlerAdapter implements StreamEnd {
  private static final int MAX_UNCONSUMED_BYTES = 256 << 10;

  private final DuplexChannel channel;
  private @Nullable StreamEnd other;
  private int maxUnconsumed = MAX_UNCONSUMED_BYTES;
  private int unconsumed;
  private boolean readEnded;
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
          StreamEnd other = this.other;
          if (over || other == null) {
            return;
          }
          int length = data.size();
          ChannelFuture unused =
              channel
                  .writeAndFlush(Unpooled.wrappedBuffer(data.asReadOnlyByteBuffer()))
                  .addListener(
                      written -> {
                        if (!written.isSuccess()) {
                          broken();
                        } else {
                          other.consumed(length);
                        }
                      });
        });
  }

  @Override
  public void end() {
    onLoop(
        () -> {
          // Netty sends what was written before; closing the channel earlier would lose that.
          ChannelFuture unused =
              channel
                  .writeAndFlush(Unpooled.EMPTY_BUFFER)
                  .addListener(
                      written -> {
                        writeEnded = true;
                        if (readEnded) {
                          finish();
                        } else {
                          ChannelFuture shutdown = channel.shutdownOutput();
                        }
                      });
        });
  }

  @Override
  public void reset() {
    onLoop(
        () -> {
          if (!over) {
            over = true;
            // With this option, closing sends a reset.
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
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

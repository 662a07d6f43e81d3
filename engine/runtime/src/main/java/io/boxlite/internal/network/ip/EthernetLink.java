package io.boxlite.internal.network.ip;

import io.boxlite.internal.guest.StreamEnd;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.FixedRecvByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.WriteBufferWaterMark;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.net.InetAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The link to a guest's network card, over a socket of the hypervisor. Each frame has its length in
 * front, 4 bytes in network byte order, as QEMU's {@code -netdev stream} has it. Any thread may
 * call any method.
 */
public final class EthernetLink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EthernetLink.class);

  /** The address of the guest's card. */
  public static final String GUEST_ADDRESS = "02:00:00:00:00:01";

  /** The largest IP packet in bytes, either way. */
  public static final int MTU = 16_000;

  /** What QEMU sends at most (NET_BUFSIZE), with the length in front. */
  private static final int MAX_FRAME_BYTES = (68 << 10) + FrameWriter.LENGTH_BYTES;

  private static final int READ_BYTES = 128 << 10;
  private static final int READS_AT_ONCE = 4;

  /** When connections stop to send, and when they go on. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(128 << 10, 512 << 10);

  private final NioDomainSocketChannel channel;
  private final Output output = new Output();
  private final TcpStack tcp;

  private EthernetLink(NioDomainSocketChannel channel) {
    this.channel = channel;
    tcp = new TcpStack(output, new FrameWriter(channel.alloc()));
  }

  /**
   * Opens a link. What the guest sends waits until the link is served.
   *
   * @param socket a connection of the hypervisor, which the link owns from now on
   * @param loops the threads that serve it
   */
  public static EthernetLink open(SocketChannel socket, EventLoopGroup loops) {
    NioDomainSocketChannel channel = new NioDomainSocketChannel(null, socket);
    channel
        .config()
        .setAutoRead(false)
        .setWriteBufferWaterMark(WATER_MARK)
        .setRecvByteBufAllocator(
            new FixedRecvByteBufAllocator(READ_BYTES).maxMessagesPerRead(READS_AT_ONCE));
    EthernetLink link = new EthernetLink(channel);
    channel
        .pipeline()
        .addLast(
            new LengthFieldBasedFrameDecoder(
                MAX_FRAME_BYTES, 0, FrameWriter.LENGTH_BYTES, 0, FrameWriter.LENGTH_BYTES))
        .addLast(link.new Receiver());
    ChannelFuture unused = loops.register(channel);
    return link;
  }

  /**
   * Connects to a program of the guest.
   *
   * @param guest an address of the guest's card
   * @param source the address that the program sees, of the same family
   * @return completes with the connection; otherwise with a {@link
   *     io.boxlite.internal.guest.GuestConnectException}, or an {@link java.io.IOException} if the
   *     guest has ended or has too many connections
   */
  public CompletableFuture<StreamEnd> connect(InetAddress guest, int port, InetAddress source) {
    return tcp.connect(guest, port, source);
  }

  /**
   * Starts to receive what the guest sends.
   *
   * @param attempted takes what programs of the guest connect to; must not block
   */
  public void serve(Consumer<TcpAttempt> attempted) {
    output.onLoop(
        () -> {
          tcp.serve(attempted);
          channel.config().setAutoRead(true);
        });
  }

  /** Breaks all connections. What the guest sends waits until the link is served again. */
  public void release() {
    output.onLoop(
        () -> {
          channel.config().setAutoRead(false);
          tcp.release();
        });
  }

  /** Breaks all connections, for good. */
  @Override
  public void close() {
    ChannelFuture unused = channel.close();
  }

  private final class Receiver extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf frame = (ByteBuf) message;
      try {
        IpPacket.parse(frame).ifPresent(tcp::receive);
      } finally {
        frame.release();
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      tcp.received();
      context.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (context.channel().isWritable()) {
        tcp.writable();
        context.flush();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      tcp.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("the link to a guest has failed", cause);
      ChannelFuture unused = context.close();
    }
  }

  private final class Output implements TcpStack.Output {
    private boolean flushing;

    @Override
    public void send(ByteBuf frame) {
      ChannelFuture unused = channel.write(frame, channel.voidPromise());
      flushSoon();
    }

    /** What one task sends goes out together. */
    private void flushSoon() {
      if (!flushing) {
        flushing = true;
        channel
            .eventLoop()
            .execute(
                () -> {
                  flushing = false;
                  channel.flush();
                });
      }
    }

    @Override
    public void flush() {
      channel.flush();
    }

    @Override
    public boolean isWritable() {
      return channel.isWritable();
    }

    @Override
    public void onLoop(Runnable task) {
      if (channel.eventLoop().inEventLoop()) {
        task.run();
      } else {
        channel.eventLoop().execute(task);
      }
    }

    @Override
    public void after(int millis, Runnable task) {
      channel.eventLoop().schedule(task, millis, TimeUnit.MILLISECONDS);
    }
  }
}

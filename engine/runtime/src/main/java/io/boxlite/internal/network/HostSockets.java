package io.boxlite.internal.network;

import io.boxlite.internal.guest.GuestIo;
import io.grpc.netty.shaded.io.netty.bootstrap.Bootstrap;
import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Opens TCP sockets of the host. */
final class HostSockets implements AutoCloseable {
  /** As long as Linux tries by itself (net.ipv4.tcp_syn_retries). */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(127);

  private static final int BACKLOG = 1024;
  private static final int SELECT_SECONDS = 5;
  private static final int MIN_READ_BYTES = 2 << 10;
  private static final int FIRST_READ_BYTES = 8 << 10;
  private static final int MAX_READ_BYTES = 64 << 10;

  private @Nullable GuestIo io; // guarded by this; none before the first socket
  private boolean closed; // guarded by this

  /**
   * Connects to the first address that accepts a connection.
   *
   * @param addresses where to connect to, one after the other; at least one
   * @return completes with the exception of the first address if none accepts; cancelling it ends
   *     the attempt
   */
  CompletableFuture<SocketEnd> connect(List<InetSocketAddress> addresses) {
    CompletableFuture<SocketEnd> connected = new CompletableFuture<>();
    connect(addresses, 0, null, connected);
    return connected;
  }

  /**
   * Connects to one of the addresses.
   *
   * @param first the exception of the first address; null if this is the first
   */
  private void connect(
      List<InetSocketAddress> addresses,
      int index,
      @Nullable Throwable first,
      CompletableFuture<SocketEnd> connected) {
    Consumer<Throwable> failed =
        failure -> {
          Throwable reported = first == null ? failure : first;
          if (index + 1 < addresses.size()) {
            connect(addresses, index + 1, reported, connected);
          } else {
            connected.completeExceptionally(reported);
          }
        };
    InetSocketAddress address = addresses.get(index);
    try {
      Optional<SocketEnd> end =
          address.getAddress().isLoopbackAddress() ? connectAtOnce(address) : Optional.empty();
      if (end.isPresent()) {
        handOver(end.get(), connected);
      } else {
        connectLater(address, failed, connected);
      }
    } catch (IOException | RuntimeException e) {
      // The JDK throws the latter, say, for an IPv6 address if it was started without IPv6.
      failed.accept(e);
    }
  }

  private static void handOver(SocketEnd end, CompletableFuture<SocketEnd> connected) {
    if (!connected.complete(end)) {
      end.reset(); // it was cancelled meanwhile
    }
  }

  /**
   * Connects to a server of this machine. Its kernel establishes such a connection within the call,
   * and waiting for it by a selector would take several times as long.
   *
   * @return empty if it takes longer, since too many connections wait to be accepted
   */
  private Optional<SocketEnd> connectAtOnce(InetSocketAddress address) throws IOException {
    EventLoopGroup loops = loops();
    SocketChannel socket = SocketChannel.open();
    try {
      socket.configureBlocking(false);
      if (!socket.connect(address) && !socket.finishConnect()) {
        socket.close();
        return Optional.empty();
      }
    } catch (IOException | RuntimeException | Error e) {
      socket.close();
      throw e;
    }
    NioSocketChannel channel = new NioSocketChannel(null, socket);
    channel
        .config()
        .setAutoRead(false)
        .setAllowHalfClosure(true)
        .setTcpNoDelay(true)
        .setRecvByteBufAllocator(readSizes());
    SocketEnd end = new SocketEnd(channel);
    channel.pipeline().addLast(end);
    ChannelFuture unused = loops.register(channel);
    return Optional.of(end);
  }

  private void connectLater(
      InetSocketAddress address,
      Consumer<Throwable> failed,
      CompletableFuture<SocketEnd> connected) {
    ChannelFuture attempt =
        new Bootstrap()
            .group(loops())
            .channel(NioSocketChannel.class)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.RECVBUF_ALLOCATOR, readSizes())
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_TIMEOUT.toMillis())
            .handler(ends(end -> {}))
            .connect(address);
    connected.whenComplete(
        (end, failure) -> {
          if (connected.isCancelled()) {
            ChannelFuture unused = attempt.channel().close();
          }
        });
    attempt.addListener(
        done -> {
          if (done.isSuccess()) {
            handOver(attempt.channel().pipeline().get(SocketEnd.class), connected);
          } else if (!connected.isCancelled()) {
            failed.accept(done.cause());
          }
        });
  }

  /**
   * Starts to listen. Connections wait until {@code AUTO_READ} of the channel is set.
   *
   * @param accepted takes each connection; must not block
   * @return completes with the listening channel, or with the exception of bind(2)
   */
  CompletableFuture<Channel> listen(InetSocketAddress address, Consumer<SocketEnd> accepted) {
    CompletableFuture<Channel> listening = new CompletableFuture<>();
    ChannelFuture binding =
        new ServerBootstrap()
            .group(loops())
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, readSizes())
            .childHandler(ends(accepted))
            .bind(address);
    binding.addListener(
        done -> {
          if (done.isSuccess()) {
            listening.complete(binding.channel());
          } else {
            listening.completeExceptionally(done.cause());
          }
        });
    return listening;
  }

  /** Closes a listening channel, and returns when its port is free. */
  static void close(Channel listening) {
    listening.close().syncUninterruptibly();
    EventLoop loop = listening.eventLoop();
    Promise<Void> selected = loop.newPromise();
    try {
      // The JDK closes the socket only when the selector runs next (SelectableChannel.close). A
      // timer that the loop itself starts is not seen before that, however late the loop is.
      loop.execute(() -> loop.schedule(() -> selected.setSuccess(null), 1, TimeUnit.NANOSECONDS));
      boolean unused = selected.awaitUninterruptibly(SELECT_SECONDS, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      // The event loop has ended, and has closed everything.
    }
  }

  private static AdaptiveRecvByteBufAllocator readSizes() {
    AdaptiveRecvByteBufAllocator sizes =
        new AdaptiveRecvByteBufAllocator(MIN_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES);
    sizes.maxMessagesPerRead(1);
    return sizes;
  }

  private static ChannelInitializer<Channel> ends(Consumer<SocketEnd> made) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        SocketEnd end = new SocketEnd(channel);
        channel.pipeline().addLast(end);
        // The channel becomes active after this.
        channel.eventLoop().execute(() -> made.accept(end));
      }
    };
  }

  /** Returns the threads that serve the sockets, which must not be blocked. */
  synchronized EventLoopGroup loops() {
    if (closed) {
      throw new IllegalStateException("the sockets of this engine are closed");
    }
    if (io == null) {
      io = GuestIo.share();
    }
    return io.loops();
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (io != null) {
      io.close();
    }
  }
}

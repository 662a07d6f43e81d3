package io.boxlite.internal.guest;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientTransportFilter;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import io.grpc.netty.shaded.io.netty.channel.FixedRecvByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Connection;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gRPC channel over a Unix socket that limits everything that is received, and watches its guest.
 */
final class GuestChannel {
  private static final Logger LOG = LoggerFactory.getLogger(GuestChannel.class);

  /**
   * gRPC logs with java.util.logging each frame that arrives for a cancelled call, so a guest could
   * fill the host's log. The reference keeps the logger's level from being garbage-collected.
   */
  private static final java.util.logging.Logger GRPC_LOG =
      java.util.logging.Logger.getLogger("io.grpc.internal.AbstractClientStream");

  static {
    GRPC_LOG.setLevel(Level.WARNING);
  }

  /** The largest chunk of the protocol, 1 MiB, plus the field around it. */
  private static final int MAX_MESSAGE_BYTES = (1 << 20) + 1024;

  /** The description of the status of a call that finds the connection ended. */
  static final String CONNECTION_ENDED = "the connection has ended";

  /** Set for a call during which a working guest may be silent. The watch does not count it. */
  static final CallOptions.Key<Boolean> MAY_BE_IDLE =
      CallOptions.Key.createWithDefault("may be idle", false);

  private static final int MAX_METADATA_BYTES = 8 << 10;

  /** The data that may wait for a reader below gRPC, per execution. */
  private static final int STREAM_WINDOW_BYTES = 512 << 10;

  /**
   * HTTP/2 also has a window for the connection (RFC 9113, section 5.2). If it were as small as a
   * stream's, one execution whose output is not read would stall all others of its box.
   */
  private static final int CONNECTION_WINDOW_BYTES = 1 << 30;

  /** gRPC needs an address, although the link opens the connection. */
  private static final SocketAddress UNUSED_ADDRESS = UnixDomainSocketAddress.of("agent");

  private final ManagedChannel calls;
  private final GuestWire wire;
  private final SilenceWatch watch;

  private GuestChannel(ManagedChannel calls, GuestWire wire, SilenceWatch watch) {
    this.calls = calls;
    this.wire = wire;
    this.watch = watch;
  }

  /**
   * Opens a channel, which connects with its first call. gRPC's keepalive pings are off, since the
   * watch sends its own.
   *
   * @param link opens the connection, once
   * @param hostStalls measures how long the host kept the guest from running
   * @param fault called when the guest cannot be used any more, with text that completes "its guest
   *     …"
   * @param ended runs when an established connection has ended
   */
  static GuestChannel open(
      GuestLink link, GuestIo io, HostStalls hostStalls, Consumer<String> fault, Runnable ended) {
    AtomicReference<@Nullable Channel> connection = new AtomicReference<>();
    GuestWire wire = new GuestWire(stream -> isOpen(connection.get(), stream), fault);
    SilenceWatch watch = new SilenceWatch(wire, hostStalls, io, fault);
    return new GuestChannel(channel(link, io, connection, wire, watch, ended), wire, watch);
  }

  /** Returns the channel for calls. */
  ManagedChannel calls() {
    return calls;
  }

  /** Starts to end all calls and the connection. */
  void shutdownNow() {
    watch.stop();
    calls.shutdownNow();
  }

  /** Closes the connection if it is still open. */
  void close() {
    wire.close();
  }

  private static ManagedChannel channel(
      GuestLink link,
      GuestIo io,
      AtomicReference<@Nullable Channel> connection,
      GuestWire wire,
      SilenceWatch watch,
      Runnable ended) {
    return NettyChannelBuilder.forAddress(UNUSED_ADDRESS)
        .overrideAuthority("localhost")
        .usePlaintext()
        .eventLoopGroup(io.loops())
        .channelFactory(
            () -> {
              if (connection.get() != null) {
                // The box is lost with its connection; gRPC would reconnect for the next call.
                // It does not always report the end of a connection that ended early.
                ended.run();
                throw Status.UNAVAILABLE.withDescription(CONNECTION_ENDED).asRuntimeException();
              }
              Channel channel = open(link);
              // gRPC would fail on what is received before it connects.
              channel.config().setAutoRead(false);
              channel.pipeline().addFirst(wire).addFirst(new AlreadyConnected());
              connection.set(channel);
              return channel;
            },
            UnixDomainSocketAddress.class)
        // grpc-java always sets this option. Unix sockets do not have it, and Netty would log a
        // warning each time.
        .withOption(ChannelOption.SO_KEEPALIVE, null)
        // Ordinary heap memory: gRPC does not release the buffers of every call of a guest that
        // violates the protocol, and pooled or direct memory would then be lost.
        .withOption(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(false, true))
        .withOption(
            ChannelOption.RECVBUF_ALLOCATOR,
            new FixedRecvByteBufAllocator(GuestWire.READ_BYTES).maxMessagesPerRead(1))
        .directExecutor() // no callback here ever blocks
        .offloadExecutor(Runnable::run)
        .proxyDetector(address -> null)
        .disableRetry()
        .disableServiceConfigLookUp()
        .flowControlWindow(STREAM_WINDOW_BYTES)
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .maxInboundMetadataSize(MAX_METADATA_BYTES)
        .intercept(watched(watch))
        .addTransportFilter(
            new ClientTransportFilter() {
              @Override
              public Attributes transportReady(Attributes attributes) {
                widen(connection.get());
                return attributes;
              }

              @Override
              public void transportTerminated(Attributes attributes) {
                ended.run();
              }
            })
        .build();
  }

  private static Channel open(GuestLink link) {
    try {
      return new NioDomainSocketChannel(null, link.open());
    } catch (IOException e) {
      throw Status.UNAVAILABLE
          .withDescription("cannot connect to the agent: " + e.getMessage())
          .withCause(e)
          .asRuntimeException();
    }
  }

  /** Answers gRPC's request to connect: its channel is connected from the start. */
  private static final class AlreadyConnected extends ChannelOutboundHandlerAdapter {
    @Override
    public void connect(
        ChannelHandlerContext context,
        SocketAddress remote,
        @Nullable SocketAddress local,
        ChannelPromise promise) {
      promise.setSuccess();
      context.channel().config().setAutoRead(true);
    }
  }

  /** Tells the watch when a response is due. A volume sends something only when it is used. */
  private static ClientInterceptor watched(SilenceWatch watch) {
    return new ClientInterceptor() {
      @Override
      public <Q, A> ClientCall<Q, A> interceptCall(
          MethodDescriptor<Q, A> method, CallOptions options, io.grpc.Channel next) {
        if (options.getOption(MAY_BE_IDLE)) {
          return next.newCall(method, options);
        }
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
          @Override
          public void start(Listener<A> listener, Metadata headers) {
            watch.begin();
            super.start(
                new SimpleForwardingClientCallListener<>(listener) {
                  @Override
                  public void onClose(Status status, Metadata trailers) {
                    watch.end();
                    super.onClose(status, trailers);
                  }
                },
                headers);
          }
        };
      }
    };
  }

  private static boolean isOpen(@Nullable Channel channel, int stream) {
    Http2ConnectionHandler http2 =
        channel == null ? null : channel.pipeline().get(Http2ConnectionHandler.class);
    return http2 != null && http2.connection().stream(stream) != null;
  }

  private static void widen(@Nullable Channel channel) {
    if (channel == null) {
      return;
    }
    channel
        .eventLoop()
        .execute(
            () -> {
              try {
                Http2Connection http2 =
                    channel.pipeline().get(Http2ConnectionHandler.class).connection();
                http2
                    .local()
                    .flowController()
                    .incrementWindowSize(http2.connectionStream(), CONNECTION_WINDOW_BYTES);
                channel.flush();
              } catch (Http2Exception e) {
                LOG.warn("cannot widen the window of {}", channel, e);
              }
            });
  }
}

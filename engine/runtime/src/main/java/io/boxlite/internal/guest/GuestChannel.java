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
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.FixedRecvByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Connection;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A gRPC channel over a Unix socket with bounds on all that comes in, and a watch on its guest. */
final class GuestChannel {
  private static final Logger LOG = LoggerFactory.getLogger(GuestChannel.class);

  /**
   * gRPC logs, by java.util.logging, each frame that was on its way when a call was cancelled: a
   * guest could fill the host's log with them. The reference keeps the level from being collected.
   */
  private static final java.util.logging.Logger GRPC_LOG =
      java.util.logging.Logger.getLogger("io.grpc.internal.AbstractClientStream");

  static {
    GRPC_LOG.setLevel(Level.WARNING);
  }

  /** The largest chunk of the contract, 1 MiB, with room for the field around it. */
  private static final int MAX_MESSAGE_BYTES = (1 << 20) + 1024;

  private static final int MAX_METADATA_BYTES = 8 << 10;

  /** What may wait for a reader below gRPC, for each execution. */
  private static final int STREAM_WINDOW_BYTES = 512 << 10;

  /**
   * HTTP/2 has a window for the connection as well (RFC 9113, section 5.2). Were it as small as a
   * stream's, one execution whose output nobody reads would stall all others of its box.
   */
  private static final int CONNECTION_WINDOW_BYTES = 1 << 30;

  private final ManagedChannel calls;
  private final SilenceWatch watch;

  private GuestChannel(ManagedChannel calls, SilenceWatch watch) {
    this.calls = calls;
    this.watch = watch;
  }

  /**
   * Opens a channel, which connects with its first call. It sends no pings of gRPC's: the watch's
   * are enough.
   *
   * @param hindrance what keeps the guest from running
   * @param fault is told when the guest is of no more use; completes "its guest …"
   * @param ended runs when a connection that was established has ended
   */
  static GuestChannel open(
      Path socket, GuestIo io, Hindrance hindrance, Consumer<String> fault, Runnable ended) {
    AtomicReference<@Nullable Channel> connection = new AtomicReference<>();
    GuestWire wire = new GuestWire(stream -> isOpen(connection.get(), stream), fault);
    SilenceWatch watch = new SilenceWatch(wire, hindrance, io, fault);
    return new GuestChannel(channel(socket, io, connection, wire, watch, ended), watch);
  }

  /** The channel for calls. */
  ManagedChannel calls() {
    return calls;
  }

  /** Begins to end all calls and the connection. */
  void shutdownNow() {
    watch.stop();
    calls.shutdownNow();
  }

  private static ManagedChannel channel(
      Path socket,
      GuestIo io,
      AtomicReference<@Nullable Channel> connection,
      GuestWire wire,
      SilenceWatch watch,
      Runnable ended) {
    return NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
        .overrideAuthority("localhost")
        .usePlaintext()
        .eventLoopGroup(io.loops())
        .channelFactory(
            () -> {
              if (connection.get() != null) {
                // With the connection the box is lost; gRPC would make another for the next call.
                throw Status.UNAVAILABLE
                    .withDescription("the connection has ended")
                    .asRuntimeException();
              }
              Channel channel = new NioDomainSocketChannel();
              channel.pipeline().addFirst(wire);
              connection.set(channel);
              return channel;
            },
            UnixDomainSocketAddress.class)
        // grpc-java sets it always, Unix sockets do not have it, and Netty would warn each time.
        .withOption(ChannelOption.SO_KEEPALIVE, null)
        .withOption(
            ChannelOption.RECVBUF_ALLOCATOR,
            new FixedRecvByteBufAllocator(GuestWire.READ_BYTES).maxMessagesPerRead(1))
        .directExecutor() // no callback here ever waits
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

  /** Tells the watch when there is an answer to wait for. */
  private static ClientInterceptor watched(SilenceWatch watch) {
    return new ClientInterceptor() {
      @Override
      public <Q, A> ClientCall<Q, A> interceptCall(
          MethodDescriptor<Q, A> method, CallOptions options, io.grpc.Channel next) {
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

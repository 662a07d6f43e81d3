package io.boxlite.internal.guest;

import io.grpc.Attributes;
import io.grpc.ClientTransportFilter;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Connection;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A gRPC channel over a Unix socket with bounds on all that comes in. */
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

  private static final long KEEPALIVE_SECONDS = 10; // the least that grpc-java takes
  private static final long KEEPALIVE_TIMEOUT_SECONDS = 30;

  private GuestChannel() {}

  /**
   * Opens a channel, which connects with its first call.
   *
   * @param ended runs when a connection that was established has ended
   */
  static ManagedChannel open(Path socket, GuestIo io, Runnable ended) {
    AtomicReference<@Nullable Channel> connection = new AtomicReference<>();
    return NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
        .overrideAuthority("localhost")
        .usePlaintext()
        .eventLoopGroup(io.loops())
        .channelFactory(
            () -> {
              Channel channel = new NioDomainSocketChannel();
              connection.set(channel);
              return channel;
            },
            UnixDomainSocketAddress.class)
        // grpc-java sets it always, Unix sockets do not have it, and Netty would warn each time.
        .withOption(ChannelOption.SO_KEEPALIVE, null)
        .directExecutor() // no callback here ever waits
        .offloadExecutor(Runnable::run)
        .proxyDetector(address -> null)
        .disableRetry()
        .disableServiceConfigLookUp()
        .flowControlWindow(STREAM_WINDOW_BYTES)
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .maxInboundMetadataSize(MAX_METADATA_BYTES)
        .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
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

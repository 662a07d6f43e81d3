package io.boxlite.internal.network;

import io.boxlite.BoxliteException;
import io.boxlite.PublishedPort;
import io.boxlite.internal.guest.StreamEnd;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The ports of this machine that lead to one box. */
public final class PublishedPorts implements AutoCloseable {
  private final Map<Integer, Channel> listening = new LinkedHashMap<>();
  private volatile @Nullable GuestPorts guest;

  private PublishedPorts() {}

  /**
   * Reserves the ports. Connections wait until there is a guest.
   *
   * @throws BoxliteException if a port of this machine is not free
   */
  static PublishedPorts open(HostSockets sockets, List<PublishedPort> ports) {
    PublishedPorts published = new PublishedPorts();
    try {
      for (PublishedPort port : ports) {
        published.listening.put(port.guestPort(), published.listen(sockets, port));
      }
      return published;
    } catch (RuntimeException | Error e) {
      published.close();
      throw e;
    }
  }

  private Channel listen(HostSockets sockets, PublishedPort port) {
    InetSocketAddress address =
        new InetSocketAddress(HostZone.LOOPBACK_V4, port.hostPort().orElse(0));
    try {
      return sockets.listen(address, end -> accepted(end, port.guestPort())).join();
    } catch (CompletionException e) {
      throw new BoxliteException(
          "port "
              + port.guestPort()
              + " of the box cannot be published on port "
              + address.getPort()
              + " of this machine: "
              + ConnectFailure.text(e.getCause())
              + "; use another port, or leave the choice to BoxLite with ports("
              + port.guestPort()
              + ")",
          e);
    }
  }

  private void accepted(SocketEnd end, int guestPort) {
    GuestPorts ports = guest;
    if (ports == null) {
      end.reset();
      return;
    }
    CompletableFuture<Void> unused =
        ports
            .connect(guestPort)
            .handle(
                (stream, failure) -> {
                  if (stream == null) {
                    end.reset();
                  } else {
                    StreamEnd.couple(stream, end);
                  }
                  return null;
                });
  }

  /** Leads connections to a guest from now on. */
  public void leadTo(GuestPorts guest) {
    this.guest = guest;
    listening.values().forEach(channel -> channel.config().setAutoRead(true));
  }

  /** Returns where a port is published, if it is. */
  public Optional<InetSocketAddress> address(int guestPort) {
    return Optional.ofNullable(listening.get(guestPort))
        .map(channel -> (InetSocketAddress) channel.localAddress());
  }

  /** Frees the ports. Connections stay until they end. */
  @Override
  public void close() {
    listening.values().forEach(HostSockets::close);
  }
}

package io.boxlite.internal.network;

import io.boxlite.NetworkEvent.Kind;
import io.boxlite.internal.host.AddressFamily;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The other boxes on the network of a box. */
final class PeerZone implements Zone {
  /** Boxes come and go. */
  private static final Duration TTL = Duration.ofSeconds(1);

  private final Peers peers;
  private final Peer self;
  private final EventLog log;

  PeerZone(Peers peers, Peer self, EventLog log) {
    this.peers = peers;
    this.self = self;
    this.log = log;
  }

  @Override
  public Optional<CompletableFuture<NameResult>> resolve(String name, AddressFamily family) {
    return peers
        .named(name)
        .map(
            peer -> {
              // Many servers listen for IPv4 only, and many programs try only one address.
              List<InetAddress> addresses =
                  family == AddressFamily.IPV4 ? List.of(peer.address()) : List.of();
              if (!addresses.isEmpty()) {
                log.add(log.event(Kind.RESOLVE).hostNames(List.of(name)).addresses(addresses));
              }
              return CompletableFuture.completedFuture(new NameResult.Found(addresses, TTL));
            });
  }

  @Override
  public Optional<Verdict> decide(InetAddress address, int port) {
    return peers
        .at(address)
        .map(peer -> Verdict.toPeer(peer.names(), () -> peer.connect(port, self)));
  }
}

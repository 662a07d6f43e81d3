package io.boxlite.internal.network;

import io.boxlite.Network;
import io.boxlite.NetworkEvent;
import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkLog;
import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.internal.host.AddressFamily;
import io.boxlite.internal.network.secret.BoxSecrets;
import io.boxlite.text.AddressText;
import io.boxlite.text.HostNameText;
import io.boxlite.text.VisibleText;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a box may look up and connect to, and logs it. All methods can be called by any
 * thread, with anything that a guest sends.
 */
public final class BoxGateway implements AutoCloseable {
  private static final String LOCALHOST = "localhost";
  private static final Duration LOCALHOST_TTL = Duration.ofHours(1);
  private static final int MOST_SHOWN = 100;
  private static final Verdict NO_PORT =
      Verdict.refused(
          List.of(), Decision.Reason.NOT_ALLOWED, "nothing can be connected to at port 0");

  private final EventLog log = new EventLog(Clock.systemUTC());
  private final LookupClient lookups;

  private final @Nullable BoxSecrets secrets;

  /** In the order in which they are asked. The last one knows everything. */
  private final List<Zone> zones;

  /**
   * Creates the gateway of a box.
   *
   * @param network what the box may reach
   * @param lookups those of the engine
   * @param secrets what is put into its requests, if it has secrets
   */
  public BoxGateway(Network network, NameLookups lookups, @Nullable BoxSecrets secrets) {
    this(network, lookups, secrets, new OwnAddresses());
  }

  /** Creates the gateway of a box that is on a network with others. */
  public BoxGateway(
      Network network, NameLookups lookups, @Nullable BoxSecrets secrets, Peers peers, Peer self) {
    Reach reach = new Reach(network, new OwnAddresses());
    this.lookups = lookups.client();
    this.secrets = secrets;
    zones =
        List.of(
            new PeerZone(peers, self, log),
            new HostZone(reach, log),
            new OutsideZone(reach, this.lookups, log));
  }

  /** Creates the gateway of a box without secrets, on a machine with these addresses. */
  BoxGateway(Network network, NameLookups lookups, Predicate<InetAddress> ownAddresses) {
    this(network, lookups, null, ownAddresses);
  }

  private BoxGateway(
      Network network,
      NameLookups lookups,
      @Nullable BoxSecrets secrets,
      Predicate<InetAddress> ownAddresses) {
    Reach reach = new Reach(network, ownAddresses);
    this.lookups = lookups.client();
    this.secrets = secrets;
    zones = List.of(new HostZone(reach, log), new OutsideZone(reach, this.lookups, log));
  }

  /**
   * Looks up a name for the box. What the result grants, the box may connect to from then on.
   *
   * <p>The result may be delivered by the calling thread or by one that other boxes depend on, so
   * what follows must not block.
   *
   * @param name what the guest asks for
   * @return never completes exceptionally
   */
  public CompletableFuture<NameResult> resolve(String name, AddressFamily family) {
    Optional<String> canonical = HostNameText.canonical(name);
    if (canonical.isEmpty()) {
      log.add(
          log.event(Kind.RESOLVE)
              .refused(VisibleText.quoted(name, MOST_SHOWN) + " is not the name of a host"));
      return CompletableFuture.completedFuture(new NameResult.NotFound());
    }
    if (canonical.get().equals(LOCALHOST) || canonical.get().endsWith("." + LOCALHOST)) {
      return CompletableFuture.completedFuture(localhost(family));
    }
    return zones.stream()
        .flatMap(zone -> zone.resolve(canonical.get(), family).stream())
        .findFirst()
        .orElseThrow();
  }

  /** RFC 6761, section 6.3: names of the guest's own loopback address. */
  private static NameResult localhost(AddressFamily family) {
    String address = family == AddressFamily.IPV4 ? "127.0.0.1" : "::1";
    return new NameResult.Found(List.of(AddressText.parse(address).orElseThrow()), LOCALHOST_TTL);
  }

  /**
   * Decides on a connection. Does not wait for the network.
   *
   * @param address of the destination
   * @param port of the destination, 0 to 65535
   */
  public Decision decide(InetAddress address, int port) {
    InetAddress destination = EmbeddedAddress.unmapped(address);
    Verdict verdict = port == 0 ? NO_PORT : verdict(destination, port);
    NetworkEvent.Builder event =
        log.event(Kind.CONNECT)
            .addresses(List.of(destination))
            .port(port)
            .hostNames(verdict.names());
    if (verdict.refusal().isPresent()) {
      log.add(event.refused(verdict.refusal().get().text()));
      return verdict.refusal().get();
    }
    return new Decision.Allowed(verdict.destinations(), verdict.peer(), log.open(event));
  }

  private Verdict verdict(InetAddress destination, int port) {
    return zones.stream()
        .flatMap(zone -> zone.decide(destination, port).stream())
        .findFirst()
        .orElseThrow();
  }

  /**
   * Puts secrets into what the box sends to a host on a connection that was allowed.
   *
   * @param host the connection to the host, which is not another box
   * @param thread serves the connection to the host
   * @return the end for the guest; the host itself if no secret is for it
   */
  StreamEnd withSecrets(StreamEnd host, Executor thread, LoggedConnection connection) {
    NetworkEvent event = connection.event();
    return secrets == null
        ? host
        : secrets.between(host, thread, event.hostNames(), event.port().orElseThrow(), connection);
  }

  /** Returns what the box has done so far. */
  public NetworkLog log() {
    return log.snapshot();
  }

  /** Ends the box's look-ups as failed. The log can still be read. */
  @Override
  public void close() {
    lookups.close();
  }
}

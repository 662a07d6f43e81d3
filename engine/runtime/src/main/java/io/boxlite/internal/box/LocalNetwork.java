package io.boxlite.internal.box;

import io.boxlite.BoxOptions;
import io.boxlite.BoxliteException;
import io.boxlite.GuestConnection;
import io.boxlite.GuestNetwork;
import io.boxlite.Network;
import io.boxlite.NetworkLog;
import io.boxlite.Secret;
import io.boxlite.internal.check.Arguments;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.network.BoxGateway;
import io.boxlite.internal.network.GuestPorts;
import io.boxlite.internal.network.NetworkSession;
import io.boxlite.internal.network.Networks;
import io.boxlite.internal.network.Peer;
import io.boxlite.internal.network.Peers;
import io.boxlite.internal.network.PublishedPorts;
import io.boxlite.internal.network.StreamPipe;
import io.boxlite.internal.network.secret.BoxSecrets;
import io.boxlite.internal.vm.Vm;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The network of a box, which stays when a reset replaces its VM. */
final class LocalNetwork implements GuestNetwork, AutoCloseable {
  /** Within a guest, a program accepts a connection or it does not. */
  private static final long CONNECT_SECONDS = 20;

  private static final Duration CONFIGURE_TIMEOUT = Duration.ofSeconds(60);

  private final BoxOptions options;
  private final Networks networks;
  private final BoxGateway gateway;
  private final PublishedPorts ports;
  private final @Nullable Peer peer;
  private final Optional<BoxSecrets> secrets;

  // Guarded by this.
  private @Nullable NetworkSession session;
  private @Nullable GuestPorts server;
  private Supplier<AgentClient> agent =
      () -> {
        throw new IllegalStateException("the box has not started yet");
      };

  private LocalNetwork(
      BoxOptions options,
      Networks networks,
      BoxGateway gateway,
      PublishedPorts ports,
      @Nullable Peer peer,
      Optional<BoxSecrets> secrets) {
    this.options = options;
    this.networks = networks;
    this.gateway = gateway;
    this.ports = ports;
    this.peer = peer;
    this.secrets = secrets;
  }

  /**
   * Reserves what the network of a box needs on this machine.
   *
   * @param resources gets what releases it
   * @throws BoxliteException if a port is not free
   * @throws IllegalArgumentException if there is no such network between boxes, another box on it
   *     has the name or an alias, the box has an alias and joins no network, its network does not
   *     allow a host of a secret, or the value of a secret cannot be found
   */
  static LocalNetwork open(
      Networks networks, BoxNetworks boxNetworks, BoxOptions options, ResourceStack resources) {
    if (options.join().isEmpty() && !options.alias().isEmpty()) {
      throw new IllegalArgumentException(
          "alias is "
              + options.alias()
              + ", but the box joins no network on which others could find it; use join");
    }
    requireReachable(options);
    Optional<BoxSecrets> secrets =
        options.secrets().isEmpty()
            ? Optional.empty()
            : Optional.of(networks.secrets(options.secrets()));
    Peer peer = null;
    BoxGateway gateway;
    if (options.join().isPresent()) {
      Peers peers = boxNetworks.find(options.join().get());
      Peer joined = peers.join(names(options));
      resources.add(() -> peers.leave(joined));
      gateway = networks.gateway(options.network(), secrets, peers, joined);
      peer = joined;
    } else {
      gateway = networks.gateway(options.network(), secrets);
    }
    resources.add(gateway::close);
    PublishedPorts ports = networks.publish(options.ports());
    resources.add(ports::close);
    LocalNetwork network = new LocalNetwork(options, networks, gateway, ports, peer, secrets);
    resources.add(network::close);
    return network;
  }

  /** Rejects secrets that could never be sent. */
  private static void requireReachable(BoxOptions options) {
    for (Secret secret : options.secrets()) {
      secret
          .hostBeyond(options.network())
          .ifPresent(
              host -> {
                String rule = host.replaceFirst("^http://", "");
                throw new IllegalArgumentException(
                    "secret "
                        + secret.name()
                        + " is for "
                        + host
                        + ", but the box's network is \""
                        + Arguments.shown(options.network().toString())
                        + "\", which does not allow that host by name; add "
                        + (options.network().isNone()
                            ? "network(Network.allow(\"" + rule + "\"))"
                            : "\"" + rule + "\" to the network"));
              });
    }
  }

  private static List<String> names(BoxOptions options) {
    return Stream.concat(options.name().stream(), options.alias().stream()).distinct().toList();
  }

  /** Returns the secrets of the box, if it has some. */
  Optional<BoxSecrets> secrets() {
    return secrets;
  }

  /** Returns whether the guest of a box with these options needs a network card. */
  static boolean needsCard(BoxOptions options) {
    return !options.network().equals(Network.none())
        || options.join().isPresent()
        || !options.ports().isEmpty();
  }

  /**
   * Serves a guest from now on, instead of the one before.
   *
   * @param vm the guest's
   * @param usable returns the agent of the current guest, or throws if the box is not usable
   */
  synchronized void serve(Vm vm, Supplier<AgentClient> usable) {
    agent = usable;
    if (session != null) {
      session.close();
      session = null;
    }
    if (peer != null) {
      ConfigureRequest addresses = ConfigureRequest.newBuilder().setNetwork(peer.guest()).build();
      vm.agent().configure(addresses, CONFIGURE_TIMEOUT);
      session = networks.serve(vm.agent(), vm.link(networks), gateway, peer);
    } else if (needsCard(options)) {
      session = networks.serve(vm.agent(), vm.link(networks), gateway);
    }
    GuestPorts guest = session == null ? vm.agent()::connect : session;
    ports.leadTo(guest);
    server = guest;
  }

  @Override
  public InetSocketAddress address(int guestPort) {
    return ports
        .address(guestPort)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "guestPort is "
                        + guestPort
                        + ", which is not published; the box has ports "
                        + options.ports()
                        + ", so add it with ports(...), or use connect("
                        + guestPort
                        + ")"));
  }

  @Override
  public GuestConnection connect(int guestPort) {
    Arguments.inRange("guestPort", guestPort, 1, 65_535);
    AgentClient guest;
    GuestPorts server;
    synchronized (this) {
      guest = agent.get();
      server = Objects.requireNonNull(this.server, "an agent without a guest");
    }
    CompletableFuture<StreamEnd> connected = server.connect(guestPort);
    try {
      StreamEnd stream = connected.get(CONNECT_SECONDS, TimeUnit.SECONDS);
      StreamPipe pipe = new StreamPipe();
      StreamEnd.couple(stream, pipe);
      return pipe;
    } catch (ExecutionException e) {
      guest
          .loss()
          .ifPresent(
              loss -> {
                throw loss.exception();
              });
      throw new BoxliteException(
          "cannot connect to port " + guestPort + " of the box: " + text(e.getCause()), e);
    } catch (TimeoutException e) {
      CompletableFuture<Void> unused = connected.thenAccept(StreamEnd::reset);
      throw new BoxliteException(
          "cannot connect to port "
              + guestPort
              + " of the box: no answer in "
              + CONNECT_SECONDS
              + " s",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while connecting to the box", e);
    }
  }

  private static String text(@Nullable Throwable failure) {
    return failure == null || failure.getMessage() == null
        ? "the connection failed"
        : failure.getMessage();
  }

  @Override
  public NetworkLog log() {
    return gateway.log();
  }

  @Override
  public synchronized void close() {
    if (session != null) {
      session.close();
    }
  }
}

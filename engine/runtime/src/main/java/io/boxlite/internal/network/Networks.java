package io.boxlite.internal.network;

import com.google.protobuf.ByteString;
import io.boxlite.Network;
import io.boxlite.PublishedPort;
import io.boxlite.Secret;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.proto.GuestNetwork;
import io.boxlite.internal.network.ip.EthernetLink;
import io.boxlite.internal.network.secret.BoxSecrets;
import io.boxlite.internal.network.secret.SecretService;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Serves the networks of an engine's boxes. */
public final class Networks implements AutoCloseable {
  // The addresses of a guest's card. The ranges are those of {@link HostZone}.
  private static final InetAddress GUEST_V4 = AddressText.parse("198.18.0.2").orElseThrow();
  private static final InetAddress GUEST_V6 =
      AddressText.parse("fd62:6f78:6c69:7465::2").orElseThrow();

  private final NameLookups lookups = new NameLookups();
  private final HostSockets sockets = new HostSockets();
  private final SecretService secrets;

  /**
   * Creates what serves the networks of an engine's boxes.
   *
   * @param trustedCertificates a PEM file with certificates that servers of secrets may have,
   *     besides those that this JVM trusts
   */
  public Networks(Optional<Path> trustedCertificates) {
    secrets = new SecretService(trustedCertificates);
  }

  /** Returns what the agent needs to set the network of a guest up. */
  public static GuestNetwork guest() {
    return guest(GUEST_V4);
  }

  /** Returns what the agent needs to give the guest another IPv4 address. */
  static GuestNetwork guest(InetAddress ipv4) {
    return GuestNetwork.newBuilder()
        .setIpv4(ByteString.copyFrom(ipv4.getAddress()))
        .setIpv6(ByteString.copyFrom(GUEST_V6.getAddress()))
        .build();
  }

  /** Returns a new gateway for a guest without secrets. */
  public BoxGateway gateway(Network network) {
    return gateway(network, Optional.empty());
  }

  /** Returns a new gateway for a box. */
  public BoxGateway gateway(Network network, Optional<BoxSecrets> secrets) {
    return new BoxGateway(network, lookups, secrets.orElse(null));
  }

  /** Returns a new gateway for a box that is on a network with others. */
  public BoxGateway gateway(Network network, Optional<BoxSecrets> secrets, Peers peers, Peer self) {
    return new BoxGateway(network, lookups, secrets.orElse(null), peers, self);
  }

  /**
   * Makes what a box with secrets needs.
   *
   * @throws IllegalArgumentException if the value of one cannot be found
   * @throws io.boxlite.BoxliteException if the certificates of servers cannot be read
   */
  public BoxSecrets secrets(List<Secret> secrets) {
    return this.secrets.box(secrets);
  }

  /**
   * Starts to serve a guest.
   *
   * @throws io.boxlite.BoxLostException if the box is already lost
   */
  public NetworkSession serve(AgentClient agent, EthernetLink link, BoxGateway gateway) {
    return NetworkSession.open(agent, link, gateway, sockets, GUEST_V4);
  }

  /**
   * Starts to serve a guest that is on a network with others, who find it from now on.
   *
   * @throws io.boxlite.BoxLostException if the box is already lost
   */
  public NetworkSession serve(AgentClient agent, EthernetLink link, BoxGateway gateway, Peer peer) {
    NetworkSession session = NetworkSession.open(agent, link, gateway, sockets, peer.address());
    peer.leadTo(session);
    return session;
  }

  /**
   * Opens the link to a guest's network card.
   *
   * @param socket a connection of the hypervisor, which the link owns from now on
   */
  public EthernetLink link(SocketChannel socket) {
    return EthernetLink.open(socket, sockets.loops());
  }

  /**
   * Reserves ports of this machine for a box.
   *
   * @throws io.boxlite.BoxliteException if one is not free
   */
  public PublishedPorts publish(List<PublishedPort> ports) {
    return PublishedPorts.open(sockets, ports);
  }

  /** Ends look-ups, and the threads that carry connections. */
  @Override
  public void close() {
    lookups.close();
    sockets.close();
    secrets.close();
  }
}

package io.boxlite.internal.network;

import com.google.protobuf.ByteString;
import io.boxlite.Network;
import io.boxlite.PublishedPort;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.proto.GuestNetwork;
import io.boxlite.text.AddressText;
import java.util.List;

/** Serves the networks of an engine's boxes. */
public final class Networks implements AutoCloseable {
  /** What a guest's device has. The ranges are those of {@link HostZone}. */
  private static final GuestNetwork GUEST =
      GuestNetwork.newBuilder()
          .setIpv4(octets("198.18.0.2"))
          .setIpv6(octets("fd62:6f78:6c69:7465::2"))
          .build();

  private final NameLookups lookups = new NameLookups();
  private final HostSockets sockets = new HostSockets();

  /** Returns what the agent needs to set the network of a guest up. */
  public static GuestNetwork guest() {
    return GUEST;
  }

  /** Returns a new gateway for a box. */
  public BoxGateway gateway(Network network) {
    return new BoxGateway(network, lookups);
  }

  /** Returns a new gateway for a box that is on a network with others. */
  public BoxGateway gateway(Network network, Peers peers, Peer self) {
    return new BoxGateway(network, lookups, peers, self);
  }

  /**
   * Starts to serve a guest.
   *
   * @throws io.boxlite.BoxLostException if the box is already lost
   */
  public NetworkSession serve(AgentClient agent, BoxGateway gateway) {
    return NetworkSession.open(agent, gateway, sockets);
  }

  /**
   * Reserves ports of this machine for a box.
   *
   * @throws io.boxlite.BoxliteException if one is not free
   */
  public PublishedPorts publish(List<PublishedPort> ports) {
    return PublishedPorts.open(sockets, ports);
  }

  private static ByteString octets(String address) {
    return ByteString.copyFrom(AddressText.parse(address).orElseThrow().getAddress());
  }

  /** Ends look-ups, and the threads that carry connections. */
  @Override
  public void close() {
    lookups.close();
    sockets.close();
  }
}

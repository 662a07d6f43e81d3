package io.boxlite.internal.network;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.internal.guest.proto.ConnectionTarget;
import io.boxlite.internal.guest.proto.GuestNetwork;
import java.net.ConnectException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A box on a network between boxes. */
public final class Peer {
  private final List<String> names;
  private final InetAddress address;
  private volatile @Nullable AgentClient agent;

  Peer(List<String> names, InetAddress address) {
    this.names = List.copyOf(names);
    this.address = address;
  }

  /** Returns the names by which the others find it. */
  List<String> names() {
    return names;
  }

  InetAddress address() {
    return address;
  }

  /** Returns what the agent needs to give the guest the address. */
  public GuestNetwork guest() {
    return Networks.guest().toBuilder().setIpv4(octets(address)).build();
  }

  /** Leads connections to a guest from now on. */
  public void leadTo(AgentClient guest) {
    agent = guest;
  }

  /**
   * Connects to a program of the box, which must listen on all addresses or on that of the box.
   *
   * @param from the box that connects
   */
  CompletableFuture<StreamEnd> dial(int port, Peer from) {
    AgentClient guest = agent;
    if (guest == null) {
      return CompletableFuture.failedFuture(new ConnectException("the box is still starting"));
    }
    return guest.dial(
        ConnectionTarget.newBuilder()
            .setPort(port)
            .setAddress(octets(address))
            .setSource(octets(from.address))
            .build());
  }

  private static ByteString octets(InetAddress address) {
    return ByteString.copyFrom(address.getAddress());
  }
}

package io.boxlite.internal.network;

import io.boxlite.internal.guest.StreamEnd;
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
  private volatile @Nullable NetworkSession session;

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
    return Networks.guest(address);
  }

  /** Leads connections to a guest from now on. */
  void leadTo(NetworkSession guest) {
    session = guest;
  }

  /**
   * Connects to a program of the box, which must listen on all addresses or on that of the box.
   *
   * @param from the box that connects
   */
  CompletableFuture<StreamEnd> connect(int port, Peer from) {
    NetworkSession guest = session;
    if (guest == null) {
      return CompletableFuture.failedFuture(new ConnectException("the box is still starting"));
    }
    return guest.connect(port, from.address);
  }
}

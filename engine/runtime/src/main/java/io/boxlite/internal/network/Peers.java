package io.boxlite.internal.network;

import io.boxlite.BoxNetwork;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A network between boxes: the boxes that have joined it. */
public final class Peers implements BoxNetwork {
  /**
   * Addresses that are no real destination (RFC 2544), apart from those of {@link HostZone}. The
   * last two octets are the number of the box.
   */
  private static final String PREFIX = "198.19.";

  private static final int MAX_BOXES = 65_000;

  /** Numbers in use, of all networks: a box has the same address wherever it is seen. */
  private static final BitSet NUMBERS = new BitSet();

  private final String network;
  private final Consumer<Peers> onClose;
  private final Map<String, Peer> byName = new HashMap<>();
  private final Map<InetAddress, Peer> byAddress = new HashMap<>();
  private final Map<Peer, Integer> numbers = new HashMap<>();
  private boolean closed;

  /**
   * Creates a network without boxes.
   *
   * @param onClose called once, when the network is closed
   */
  public Peers(String network, Consumer<Peers> onClose) {
    this.network = network;
    this.onClose = onClose;
  }

  @Override
  public String name() {
    return network;
  }

  /**
   * Adds a box.
   *
   * @param names its name and aliases
   * @throws IllegalArgumentException if another box has one of the names
   * @throws IllegalStateException if the network is closed
   */
  public synchronized Peer join(List<String> names) {
    if (closed) {
      throw new IllegalStateException("network \"" + network + "\" is closed; create another one");
    }
    List<String> canonical = new ArrayList<>();
    for (String name : names) {
      String lower = name.toLowerCase(Locale.ROOT);
      if (byName.containsKey(lower)) {
        throw new IllegalArgumentException(
            "alias is \""
                + name
                + "\", which another box on network \""
                + network
                + "\" has; use another alias, or close that box");
      }
      canonical.add(lower);
    }
    int number = number();
    int high = number >> 8;
    int low = number & 0xff;
    Peer peer = new Peer(canonical, AddressText.parse(PREFIX + high + "." + low).orElseThrow());
    canonical.forEach(name -> byName.put(name, peer));
    byAddress.put(peer.address(), peer);
    numbers.put(peer, number);
    return peer;
  }

  private static int number() {
    synchronized (NUMBERS) {
      int number = NUMBERS.nextClearBit(1);
      if (number > MAX_BOXES) {
        throw new IllegalStateException("there are " + MAX_BOXES + " boxes on networks already");
      }
      NUMBERS.set(number);
      return number;
    }
  }

  /** Removes a box. Connections stay until they end. Has no effect on one that has left. */
  public synchronized void leave(Peer peer) {
    Integer number = numbers.remove(peer);
    if (number == null) {
      return;
    }
    peer.names().forEach(byName::remove);
    byAddress.remove(peer.address());
    synchronized (NUMBERS) {
      NUMBERS.clear(number);
    }
  }

  /** Returns the box of this name or alias, in lower case. */
  synchronized Optional<Peer> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** Returns the box that has this address. */
  synchronized Optional<Peer> at(InetAddress address) {
    return Optional.ofNullable(byAddress.get(address));
  }

  /** Removes all boxes, and lets no other one join. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      List.copyOf(numbers.keySet()).forEach(this::leave);
    }
    onClose.accept(this);
  }

  @Override
  public String toString() {
    return "network " + network;
  }
}

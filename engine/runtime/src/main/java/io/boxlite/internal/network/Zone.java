package io.boxlite.internal.network;

import io.boxlite.internal.host.AddressFamily;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A part of the network that a box sees: some names, and some addresses. A gateway asks its zones
 * one after the other, and the first one that knows a name or an address answers for it.
 */
interface Zone {
  /**
   * Looks up a name, and logs it.
   *
   * @param name a canonical name
   * @return the answer; empty if the zone does not have the name
   */
  Optional<CompletableFuture<NameResult>> resolve(String name, AddressFamily family);

  /**
   * Decides on a connection. Does not wait.
   *
   * @param address an address that does not stand for another
   * @return the verdict; empty if the zone does not have the address
   */
  Optional<Verdict> decide(InetAddress address, int port);
}

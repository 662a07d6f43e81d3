package io.boxlite.internal.network;

import io.boxlite.internal.host.AddressFamily;
import io.boxlite.internal.host.HostAddresses;

/** Looks up addresses on this machine. May block for many seconds. */
@FunctionalInterface
interface HostResolver {
  HostAddresses lookup(String name, AddressFamily family);
}

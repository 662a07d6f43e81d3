package io.boxlite.internal.network.ip;

import java.net.InetAddress;

/**
 * What identifies a TCP connection of a guest (RFC 9293, section 3.3.10).
 *
 * @param guest the guest's address
 * @param guestPort the guest's port, 0 to 65535
 * @param remote the address of the other side, as the guest sees it
 * @param remotePort the port of the other side, 0 to 65535
 */
record Flow(InetAddress guest, int guestPort, InetAddress remote, int remotePort) {}

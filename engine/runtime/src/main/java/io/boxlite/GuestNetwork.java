package io.boxlite;

import java.net.InetSocketAddress;

/**
 * The network of one box: connections into it, and what its programs asked for.
 *
 * <p>Connections into a box need no {@link BoxOptions.Builder#network network}: that option is
 * about what the box can reach.
 */
public interface GuestNetwork {
  /**
   * Returns where this machine's programs reach a published port.
   *
   * @param guestPort the port in the box; see {@link BoxOptions.Builder#ports}
   * @return an address at {@code 127.0.0.1}
   * @throws IllegalArgumentException if the port is not published
   */
  InetSocketAddress address(int guestPort);

  /**
   * Connects to a program in the box, whether the port is published or not. A program is found if
   * it listens on all addresses, or on {@code 127.0.0.1} or {@code ::1}.
   *
   * @param guestPort the port in the box, 1 to 65535
   * @throws BoxliteException if no program listens on the port, or the thread is interrupted, in
   *     which case its interrupt status is set
   * @throws IllegalStateException if the box is stopped or closed
   * @throws BoxLostException if the box was lost
   */
  GuestConnection connect(int guestPort);

  /**
   * Returns what the box's programs have looked up and connected to so far, and what was refused.
   * The log is a snapshot: what happens later is not added to it.
   */
  NetworkLog log();
}

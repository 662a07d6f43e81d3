package io.boxlite.internal.network;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/** The answer to a look-up of a name. */
public sealed interface NameResult {
  /**
   * The name exists.
   *
   * @param addresses its addresses of the requested family, possibly none
   * @param ttl how long the box may keep them
   */
  record Found(List<InetAddress> addresses, Duration ttl) implements NameResult {
    /** Copies the addresses. */
    public Found {
      addresses = List.copyOf(addresses);
    }
  }

  /** The name does not exist, or the box may not look it up (NXDOMAIN). */
  record NotFound() implements NameResult {}

  /**
   * It cannot be found out whether the name exists (SERVFAIL).
   *
   * @param reason why
   */
  record Failed(String reason) implements NameResult {}

  /** This machine did not find out in time. The box gets no answer. */
  record TimedOut() implements NameResult {}
}

package io.boxlite.internal.network;

import io.boxlite.internal.guest.StreamEnd;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Whether a box may connect to an address. */
public sealed interface Decision {
  /**
   * It may.
   *
   * @param destinations where to connect to, in this order, until one accepts; empty if it leads to
   *     another box
   * @param peer connects to another box, if it leads to one
   * @param connection must be told how the connection ends
   */
  record Allowed(
      List<InetSocketAddress> destinations,
      Optional<Supplier<CompletableFuture<StreamEnd>>> peer,
      LoggedConnection connection)
      implements Decision {}

  /**
   * It may not.
   *
   * @param reason the kind of reason
   * @param text the reason for people, with what to do about it
   */
  record Refused(Reason reason, String text) implements Decision {}

  /** Why a connection is refused. */
  enum Reason {
    /** No rule has the address, and the box was given it for no allowed name. */
    NOT_ALLOWED,
    /** Rules have the address, but not the port. */
    PORT_NOT_ALLOWED,
    /** The address is not public, and no rule names it. */
    NOT_PUBLIC
  }
}

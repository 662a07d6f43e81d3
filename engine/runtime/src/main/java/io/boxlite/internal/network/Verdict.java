package io.boxlite.internal.network;

import io.boxlite.internal.guest.StreamEnd;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * What a zone says of a connection.
 *
 * @param destinations where to connect to, in this order; empty if it is refused, or leads to a box
 * @param peer connects to another box, if it leads to one
 * @param names the names for which the box was given the address, the latest first
 * @param refusal why it is refused, if it is
 */
record Verdict(
    List<InetSocketAddress> destinations,
    Optional<Supplier<CompletableFuture<StreamEnd>>> peer,
    List<String> names,
    Optional<Decision.Refused> refusal) {
  static Verdict allowed(List<String> names, InetSocketAddress... destinations) {
    return new Verdict(List.of(destinations), Optional.empty(), names, Optional.empty());
  }

  static Verdict refused(List<String> names, Decision.Reason reason, String text) {
    return new Verdict(
        List.of(), Optional.empty(), names, Optional.of(new Decision.Refused(reason, text)));
  }

  static Verdict toPeer(List<String> names, Supplier<CompletableFuture<StreamEnd>> peer) {
    return new Verdict(List.of(), Optional.of(peer), names, Optional.empty());
  }
}

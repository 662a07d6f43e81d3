package io.boxlite.internal.network;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * What a zone says of a connection.
 *
 * @param destinations where to connect to, in this order; empty if it is refused
 * @param names the names for which the box was given the address, the latest first
 * @param refusal why it is refused, if it is
 */
record Verdict(
    List<InetSocketAddress> destinations, List<String> names, Optional<Decision.Refused> refusal) {
  static Verdict allowed(List<String> names, InetSocketAddress... destinations) {
    return new Verdict(List.of(destinations), names, Optional.empty());
  }

  static Verdict refused(List<String> names, Decision.Reason reason, String text) {
    return new Verdict(List.of(), names, Optional.of(new Decision.Refused(reason, text)));
  }
}

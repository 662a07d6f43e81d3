package io.boxlite.internal.network;

import io.boxlite.Network;
import io.boxlite.NetworkRule;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Which addresses and names outside the box its network allows. */
final class Reach {
  private final Network network;
  private final Predicate<InetAddress> ownAddresses;

  /**
   * Creates the rules of a box.
   *
   * @param ownAddresses whether an address is this machine's
   */
  Reach(Network network, Predicate<InetAddress> ownAddresses) {
    this.network = network;
    this.ownAddresses = ownAddresses;
  }

  /** Returns whether the box may look up a name. */
  boolean hasName(String name) {
    return network.isOutbound() || !rulesFor(name).isEmpty();
  }

  /** Returns the rules that allow a name, one for each set of ports. */
  List<NetworkRule> rulesFor(String name) {
    return network.rules().stream().filter(rule -> rule.hasName(name)).toList();
  }

  /** Returns the rules for this machine's loopback address, which a rule like *.internal is not. */
  List<NetworkRule> hostRules() {
    return network.rules().stream().filter(rule -> rule.kind() == NetworkRule.Kind.HOST).toList();
  }

  /** Returns why an address is not public; empty if it is. */
  Optional<SpecialRange> special(InetAddress address) {
    Optional<SpecialRange> special = SpecialRange.of(address);
    if (special.isPresent() && !special.get().openable()) {
      return special;
    }
    if (ownAddresses.test(address)) {
      return Optional.of(SpecialRange.ofThisMachine(address));
    }
    return EmbeddedAddress.in(address).stream()
        .flatMap(embedded -> special(embedded).map(inside -> inside.around(embedded)).stream())
        .findFirst()
        .or(() -> special);
  }

  /** Returns whether a rule names an address, at any port. */
  boolean hasAddress(InetAddress address) {
    return !rulesFor(address).isEmpty();
  }

  /** Returns whether a rule names an address with a port. */
  boolean hasAddress(InetAddress address, int port) {
    return rulesFor(address).stream().anyMatch(rule -> rule.hasPort(port));
  }

  /** Returns the rules that name an address. */
  List<NetworkRule> rulesFor(InetAddress address) {
    List<NetworkRule> rules =
        network.rules().stream().filter(rule -> rule.hasAddress(address)).toList();
    if (rules.isEmpty()) {
      return rules;
    }
    Optional<SpecialRange> special = special(address);
    return rules.stream()
        .filter(rule -> special.isEmpty() || special.get().isOpenedBy(rule))
        .toList();
  }

  /** Returns whether every public address is allowed. */
  boolean hasAllPublic() {
    return network.isOutbound();
  }

  /** Returns whether a rule has the names below a name. */
  boolean hasNamesBelow(String name) {
    return network.rules().stream()
        .anyMatch(rule -> rule.kind() == NetworkRule.Kind.NAMES_BELOW && rule.hasName("x." + name));
  }

  /** Returns how a user allows what a rule names, as the end of a sentence. */
  String remedy(String rule) {
    return "allow it with Network."
        + (network.isOutbound() ? "outbound().and(\"" : "allow(\"")
        + rule
        + "\")";
  }
}

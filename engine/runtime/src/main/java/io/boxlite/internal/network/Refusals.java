package io.boxlite.internal.network;

import io.boxlite.NetworkRule;
import io.boxlite.internal.network.Decision.Reason;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Collectors;

/** Words for what a box may not do: what it was, why not, and what to change. */
final class Refusals {
  private Refusals() {}

  /** Refuses a name that no rule has. */
  static String ofName(Reach reach, String name) {
    String near =
        reach.hasNamesBelow(name) ? ", where *." + name + " has only the names below it" : "";
    return "\"" + name + "\" is not on the box's list" + near + "; " + reach.remedy(name);
  }

  /** Refuses to give a box an address of an allowed name. */
  static String ofAddress(Reach reach, String name, InetAddress address, SpecialRange special) {
    return "\""
        + name
        + "\" has the address "
        + AddressText.format(address)
        + ", which is "
        + special.words()
        + "; "
        + advice(reach, special, AddressText.format(address), "");
  }

  /** Refuses a connection to an address that is not public. */
  static Verdict ofSpecial(
      Reach reach, List<String> names, InetAddress address, int port, SpecialRange special) {
    return Verdict.refused(
        names,
        Reason.NOT_PUBLIC,
        AddressText.format(address)
            + " is "
            + special.words()
            + "; "
            + advice(reach, special, AddressText.format(address, port), ":" + port));
  }

  private static String advice(Reach reach, SpecialRange special, String rule, String port) {
    if (special.isThisMachine()) {
      return "a server on this machine's loopback address is reached as "
          + NetworkRule.HOST
          + "; "
          + reach.remedy(NetworkRule.HOST + port);
    }
    return special.openable() ? reach.remedy(rule) : "no box can reach it";
  }

  /** Refuses a connection to what some rules have, but not at this port. */
  static Verdict ofRules(
      Reach reach, List<String> names, String target, List<NetworkRule> rules, int port) {
    String rule = target.indexOf(':') >= 0 ? "[" + target + "]:" + port : target + ":" + port;
    if (rules.isEmpty()) {
      return Verdict.refused(
          names, Reason.NOT_ALLOWED, target + " is not on the box's list; " + reach.remedy(rule));
    }
    String ports =
        rules.stream()
            .map(
                each ->
                    each.firstPort() == each.lastPort()
                        ? "" + each.firstPort()
                        : each.firstPort() + "-" + each.lastPort())
            .distinct()
            .limit(10)
            .collect(Collectors.joining(", "));
    return Verdict.refused(
        names,
        Reason.PORT_NOT_ALLOWED,
        target + " is allowed at port " + ports + ", not at " + port + "; " + reach.remedy(rule));
  }

  /** Refuses a connection to a public address that the box was given for no allowed name. */
  static Verdict ofUnknown(Reach reach, InetAddress address, int port) {
    return Verdict.refused(
        List.of(),
        Reason.NOT_ALLOWED,
        AddressText.format(address)
            + " is not on the box's list, and this box was given it for no name on the list; "
            + reach.remedy(AddressText.format(address, port))
            + ", or allow the name that the program means");
  }
}

package io.boxlite;

import io.boxlite.NetworkRule.Kind;
import io.boxlite.internal.check.Arguments;
import io.boxlite.text.AddressText;
import io.boxlite.text.HostNameText;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text form of {@link NetworkRule}. */
final class NetworkRuleText {
  private static final Pattern PORTS = Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?");
  private static final Pattern NUMERIC_END = Pattern.compile("(?:.*\\.)?[0-9]+\\.?");
  private static final String INTERNAL = ".boxlite.internal";
  private static final String BELOW = "*.";

  private final String text;

  private NetworkRuleText(String text) {
    this.text = text;
  }

  static NetworkRule parse(String text) {
    return new NetworkRuleText(text.strip()).rule();
  }

  static String format(NetworkRule rule, String name) {
    String target =
        switch (rule.kind()) {
          case NAME, HOST -> name;
          case NAMES_BELOW -> BELOW + name;
          case ADDRESSES -> rule.addresses().orElseThrow().toString();
        };
    if (rule.hasAllPorts()) {
      return target;
    }
    String ports =
        rule.firstPort() == rule.lastPort()
            ? Integer.toString(rule.firstPort())
            : rule.firstPort() + "-" + rule.lastPort();
    return (target.indexOf(':') >= 0 ? "[" + target + "]" : target) + ":" + ports;
  }

  private NetworkRule rule() {
    if (text.isEmpty()) {
      throw fault("write a name or an address, such as pypi.example:443");
    }
    if (text.contains("://")) {
      throw fault("a rule has no scheme and no path; write the name and the port only");
    }
    String target = text;
    String ports = "";
    boolean bracketed = text.startsWith("[");
    int colon = text.indexOf(':');
    if (bracketed) {
      int end = text.indexOf(']');
      if (end < 0 || end + 1 < text.length() && text.charAt(end + 1) != ':') {
        throw fault("write an IPv6 address with a port as [2001:db8::1]:443");
      }
      target = text.substring(1, end);
      ports = text.substring(end + 1);
    } else if (colon >= 0 && colon == text.lastIndexOf(':')) {
      target = text.substring(0, colon);
      ports = text.substring(colon);
    }
    if (bracketed && target.indexOf(':') < 0) {
      throw fault("only IPv6 addresses are written in brackets");
    }
    return rule(target, ports);
  }

  private NetworkRule rule(String target, String ports) {
    int first = 1;
    int last = NetworkRule.MOST_PORT;
    if (!ports.isEmpty()) {
      Matcher matcher = PORTS.matcher(ports.substring(1));
      if (!matcher.matches()) {
        throw fault("after the colon, write a port or a range of ports, such as 443 or 8000-8100");
      }
      first = Integer.parseInt(matcher.group(1));
      last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (first < 1 || last > NetworkRule.MOST_PORT || first > last) {
        throw fault(
            "ports are from 1 to " + NetworkRule.MOST_PORT + ", and a range begins with the lower");
      }
    }
    if (target.indexOf('/') >= 0
        || target.indexOf(':') >= 0
        || AddressText.parse(target).isPresent()) {
      return new NetworkRule(Kind.ADDRESSES, "", range(target), first, last);
    }
    boolean below = target.startsWith(BELOW);
    String name = name(below ? target.substring(BELOW.length()) : target);
    Kind kind = below ? Kind.NAMES_BELOW : name.equals(NetworkRule.HOST) ? Kind.HOST : Kind.NAME;
    if (kind != Kind.HOST && ("." + name).endsWith(INTERNAL)) {
      throw fault("the only name of this kind is " + NetworkRule.HOST);
    }
    return new NetworkRule(kind, name, null, first, last);
  }

  private AddressRange range(String target) {
    if (target.indexOf('%') >= 0) {
      throw fault("a zone has no meaning in a box; remove it");
    }
    AddressRange range;
    try {
      range = AddressRange.parse(target);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "network rule is \"" + Arguments.shown(text) + "\"; " + e.getMessage(), e);
    }
    InetAddress address = range.first();
    if (range.prefixLength() > 0 && address.isLoopbackAddress()) {
      throw fault(
          "in a box, this is the box itself; for servers on this machine, write "
              + NetworkRule.HOST);
    }
    boolean unspecified = range.isSingle() && address.isAnyLocalAddress();
    boolean broadcast = AddressText.format(address).equals("255.255.255.255");
    if (unspecified || broadcast || range.prefixLength() > 3 && address.isMulticastAddress()) {
      throw fault("nothing can connect to this address; remove the rule");
    }
    return range;
  }

  private String name(String target) {
    if (target.equals("*")) {
      throw fault("for everything public, use Network.outbound(), as text \"outbound\"");
    }
    if (target.equals(Network.NONE_TEXT) || target.equals(Network.OUTBOUND_TEXT)) {
      throw fault("this is not a rule; use Network." + target + "()");
    }
    if (target.indexOf('*') >= 0) {
      throw fault("an asterisk can only be the first of several labels, as in *.example.org");
    }
    if (NUMERIC_END.matcher(target).matches()) {
      throw fault("an IPv4 address has four numbers from 0 to 255, without leading zeros");
    }
    Optional<String> name = HostNameText.canonical(target);
    if (name.isEmpty()) {
      throw fault(
          "a name has labels of 1 to 63 letters, digits, hyphens and underscores, and at most 253"
              + " characters");
    }
    if (("." + name.get()).endsWith(".localhost")) {
      throw fault(
          "in a box, this is the box itself; for servers on this machine, write "
              + NetworkRule.HOST);
    }
    return name.get();
  }

  private IllegalArgumentException fault(String advice) {
    return new IllegalArgumentException(
        "network rule is \"" + Arguments.shown(text) + "\"; " + advice);
  }
}

package io.boxlite;

import io.boxlite.internal.check.Arguments;
import io.boxlite.text.HostNameText;

/**
 * Hosts to which a secret is sent.
 *
 * @param rule their names and ports
 * @param plain whether it is sent to them over connections without TLS, instead of with TLS
 */
record SecretHost(NetworkRule rule, boolean plain) {
  private static final String PLAIN = "http://";
  private static final String TLS = "https://";

  static SecretHost parse(String secret, String text) {
    String stripped = text.strip();
    boolean plain = stripped.regionMatches(true, 0, PLAIN, 0, PLAIN.length());
    boolean tls = stripped.regionMatches(true, 0, TLS, 0, TLS.length());
    String host = stripped.substring(plain ? PLAIN.length() : tls ? TLS.length() : 0);
    if (host.indexOf('/') > 0
        && !host.contains("://")
        && HostNameText.canonical(name(host)).isPresent()) {
      throw fault(secret, stripped, "a secret is for all paths of a host; remove the path");
    }
    NetworkRule rule;
    try {
      rule = NetworkRule.parse(host);
    } catch (IllegalArgumentException e) {
      String problem = String.valueOf(e.getMessage());
      throw fault(secret, stripped, problem.substring(problem.indexOf(';') + 1).strip());
    }
    if (rule.kind() == NetworkRule.Kind.ADDRESSES) {
      throw fault(
          secret,
          stripped,
          "a secret is for hosts by name, such as api.example.com, not by address");
    }
    return new SecretHost(rule, plain);
  }

  private static String name(String host) {
    return host.substring(0, host.indexOf('/')).replaceFirst(":[0-9]*$", "");
  }

  private static IllegalArgumentException fault(String secret, String text, String advice) {
    return new IllegalArgumentException(
        "secret " + secret + " has the host \"" + Arguments.shown(text) + "\"; " + advice);
  }

  /** Returns whether the secret is sent to a host over such connections. */
  boolean has(String name, int port, boolean tls) {
    // What is sent to this machine's loopback address leaves it neither way.
    boolean secure = rule.kind() == NetworkRule.Kind.HOST && !plain;
    return rule.hasName(name) && rule.hasPort(port) && (secure || tls != plain);
  }

  /** Returns whether a network allows at least some of these hosts by their names. */
  boolean isAllowedBy(Network network) {
    return network.isOutbound() && rule.kind() != NetworkRule.Kind.HOST
        || network.rules().stream().anyMatch(this::overlaps);
  }

  private boolean overlaps(NetworkRule other) {
    boolean ports = rule.firstPort() <= other.lastPort() && other.firstPort() <= rule.lastPort();
    return ports
        && (rule.hasNameOf(other) || other.hasNameOf(rule))
        && (rule.kind() == NetworkRule.Kind.HOST) == (other.kind() == NetworkRule.Kind.HOST);
  }

  /** Returns the text form. */
  @Override
  public String toString() {
    return (plain ? PLAIN : "") + rule;
  }
}

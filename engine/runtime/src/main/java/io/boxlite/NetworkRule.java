package io.boxlite;

import java.net.InetAddress;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A rule that allows a box to connect to something. Immutable, with value equality.
 *
 * <p>As text:
 *
 * <table>
 *   <caption>Rules</caption>
 *   <tr><td>{@code pypi.example}</td><td>the host of exactly this name</td></tr>
 *   <tr><td>{@code *.example.org}</td><td>all names below this name, at any depth, but not the name
 *       itself</td></tr>
 *   <tr><td>{@code 192.0.2.7}, {@code 2001:db8::1}</td><td>an address</td></tr>
 *   <tr><td>{@code 192.0.2.0/24}, {@code 2001:db8::/32}</td><td>a range of addresses</td></tr>
 *   <tr><td>{@code host.boxlite.internal}</td><td>servers that listen on the loopback address of
 *       this machine</td></tr>
 * </table>
 *
 * <p>A rule applies to all ports, or to those that follow it: {@code pypi.example:443}, {@code
 * db.example:8000-8100}, {@code [2001:db8::1]:443}, {@code [2001:db8::/32]:443}. Upper and lower
 * case are the same, a final dot is ignored, and names may be written in any script.
 */
public final class NetworkRule {
  /** The name by which a box reaches servers on the loopback address of this machine. */
  public static final String HOST = "host.boxlite.internal";

  static final int MOST_PORT = 65535;

  /** What a rule allows. */
  public enum Kind {
    /** The host of one name. */
    NAME,
    /** The hosts of all names below one. */
    NAMES_BELOW,
    /** The addresses of a range. */
    ADDRESSES,
    /** This machine's loopback address; see {@link NetworkRule#HOST}. */
    HOST
  }

  private final Kind kind;
  private final String name;
  private final @Nullable AddressRange addresses;
  private final int firstPort;
  private final int lastPort;

  NetworkRule(
      Kind kind, String name, @Nullable AddressRange addresses, int firstPort, int lastPort) {
    this.kind = kind;
    this.name = name;
    this.addresses = addresses;
    this.firstPort = firstPort;
    this.lastPort = lastPort;
  }

  /**
   * Parses the text form.
   *
   * @throws IllegalArgumentException if the text is not a rule; the message says what to write
   *     instead
   */
  public static NetworkRule parse(String text) {
    return NetworkRuleText.parse(text);
  }

  /** Returns what the rule allows. */
  public Kind kind() {
    return kind;
  }

  /** Returns the addresses; empty unless the rule is of {@link Kind#ADDRESSES}. */
  public Optional<AddressRange> addresses() {
    return Optional.ofNullable(addresses);
  }

  /** Returns the first port, 1 to 65535. */
  public int firstPort() {
    return firstPort;
  }

  /** Returns the last port, 1 to 65535. */
  public int lastPort() {
    return lastPort;
  }

  /** Returns whether the rule applies to a port. */
  public boolean hasPort(int port) {
    return firstPort <= port && port <= lastPort;
  }

  /** Returns whether the rule applies to all ports. */
  public boolean hasAllPorts() {
    return firstPort == 1 && lastPort == MOST_PORT;
  }

  /**
   * Returns whether the rule is one for names, and applies to this one.
   *
   * @param host a name in lower case, without a final dot
   */
  public boolean hasName(String host) {
    return switch (kind) {
      case NAME, HOST -> host.equals(name);
      case NAMES_BELOW ->
          host.length() > name.length() + 1
              && host.endsWith(name)
              && host.charAt(host.length() - name.length() - 1) == '.';
      case ADDRESSES -> false;
    };
  }

  /** Returns whether the rule applies to all names of another rule, and to names at all. */
  boolean hasNameOf(NetworkRule other) {
    return switch (other.kind) {
      case NAME, HOST -> hasName(other.name);
      case NAMES_BELOW ->
          kind == Kind.NAMES_BELOW && (other.name.equals(name) || hasName(other.name));
      case ADDRESSES -> false;
    };
  }

  /** Returns whether the rule is one for addresses, and applies to this one. */
  public boolean hasAddress(InetAddress address) {
    return addresses != null && addresses.contains(address);
  }

  /** Compares what the rules allow: {@code A.example.} equals {@code a.example:1-65535}. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NetworkRule rule
        && kind == rule.kind
        && name.equals(rule.name)
        && Objects.equals(addresses, rule.addresses)
        && firstPort == rule.firstPort
        && lastPort == rule.lastPort;
  }

  @Override
  public int hashCode() {
    return Objects.hash(kind, name, addresses, firstPort, lastPort);
  }

  /** Returns the text form, which {@link #parse} reads. */
  @Override
  public String toString() {
    return NetworkRuleText.format(this, name);
  }
}

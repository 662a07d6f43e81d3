package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a box can reach. Immutable, with value equality.
 *
 * <ul>
 *   <li>{@link #none()}, the default: nothing. The guest has only a loopback device.
 *   <li>{@link #outbound()}: all public addresses, but neither private networks nor this machine.
 *   <li>{@link #allow(String...)}: only what rules name; see {@link NetworkRule} for their form.
 * </ul>
 *
 * <p>{@link #and(String...)} adds rules: {@code Network.outbound().and("10.0.0.0/8:5432")}.
 *
 * <p>A rule for names never leads to a private or otherwise special address, whatever the name
 * resolves to. For a name in a private network, allow its address as well: {@code
 * Network.allow("nexus.corp.example:443", "10.1.2.3:443")}.
 *
 * <p>As text: {@code none}, or {@code outbound} and rules in any order, separated by commas or in
 * texts of their own.
 */
public final class Network {
  static final String NONE_TEXT = "none";
  static final String OUTBOUND_TEXT = "outbound";

  private static final Network NONE = new Network(false, List.of());
  private static final Network OUTBOUND = new Network(true, List.of());

  private final boolean outbound;
  private final List<NetworkRule> rules;

  private Network(boolean outbound, List<NetworkRule> rules) {
    this.outbound = outbound;
    this.rules = rules;
  }

  /** Returns the network of a box that can reach nothing. */
  public static Network none() {
    return NONE;
  }

  /**
   * Returns a network in which a box can look up every name and connect to every public address.
   *
   * <p>Not public are this machine's own addresses, private networks (such as {@code 10.0.0.0/8}),
   * link-local addresses, which include the metadata services of clouds, and all other addresses
   * that IANA does not list as globally reachable. {@link #and} can add some of them.
   */
  public static Network outbound() {
    return OUTBOUND;
  }

  /**
   * Returns a network in which a box can reach only what the rules name.
   *
   * @param rules at least one; see {@link NetworkRule} for their form
   * @throws IllegalArgumentException if there is no rule, or one is invalid; the message says what
   *     to write instead
   */
  public static Network allow(String... rules) {
    if (rules.length == 0) {
      throw new IllegalArgumentException(
          "network has no rules; write at least one, or use Network.none()");
    }
    return NONE.and(rules);
  }

  /**
   * Returns a network in which a box can reach what this one allows, and what the rules name.
   *
   * @param rules any number; see {@link NetworkRule} for their form
   * @throws IllegalArgumentException if a rule is invalid; the message says what to write instead
   */
  public Network and(String... rules) {
    Set<NetworkRule> all = new LinkedHashSet<>(this.rules);
    Arrays.stream(rules).map(NetworkRule::parse).forEach(all::add);
    return new Network(outbound, List.copyOf(all));
  }

  /**
   * Parses the text form: {@code none}, or {@code outbound} and rules in any order.
   *
   * @param texts one or more; commas separate the parts of a text
   * @throws IllegalArgumentException if the texts have another form; the message says what to write
   *     instead
   */
  public static Network parse(String... texts) {
    List<String> parts =
        Arrays.stream(texts)
            .flatMap(text -> Arrays.stream(text.split(",", -1)))
            .map(String::strip)
            .toList();
    if (parts.stream().allMatch(String::isEmpty)) {
      throw new IllegalArgumentException(
          "network is empty; it must be \"none\", \"outbound\" or rules such as"
              + " \"pypi.example:443\"");
    }
    List<String> rules = new ArrayList<>(parts);
    boolean none = rules.removeIf(part -> isWord(part, NONE_TEXT));
    boolean outbound = rules.removeIf(part -> isWord(part, OUTBOUND_TEXT));
    if (none && parts.size() > 1) {
      throw new IllegalArgumentException(
          "network is \""
              + Arguments.shown(String.join(", ", parts))
              + "\"; \"none\" stands alone, so remove it or everything else");
    }
    return (outbound ? OUTBOUND : NONE).and(rules.toArray(String[]::new));
  }

  private static boolean isWord(String part, String word) {
    return part.toLowerCase(Locale.ROOT).equals(word);
  }

  /** Returns whether a box can reach nothing. It then has no network device. */
  public boolean isNone() {
    return !outbound && rules.isEmpty();
  }

  /** Returns whether a box can reach all public addresses. */
  public boolean isOutbound() {
    return outbound;
  }

  /** Returns the rules, each of them once, in the order in which they were added. */
  public List<NetworkRule> rules() {
    return rules;
  }

  /** Compares what the networks allow by name; the order of rules makes no difference. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Network network
        && outbound == network.outbound
        && Set.copyOf(rules).equals(Set.copyOf(network.rules));
  }

  @Override
  public int hashCode() {
    return Objects.hash(outbound, Set.copyOf(rules));
  }

  /** Returns the text form, which {@link #parse} reads. */
  @Override
  public String toString() {
    if (isNone()) {
      return NONE_TEXT;
    }
    return Stream.concat(
            outbound ? Stream.of(OUTBOUND_TEXT) : Stream.empty(),
            rules.stream().map(NetworkRule::toString))
        .collect(Collectors.joining(", "));
  }

  /** Returns what a template depends on if nothing prepares it: whether there is a network. */
  Network ofTemplate() {
    return isNone() ? NONE : OUTBOUND;
  }
}

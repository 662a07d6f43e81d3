package io.boxlite.internal.network;

import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkRule;
import io.boxlite.internal.host.AddressFamily;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The names below {@code boxlite.internal}: servers on this machine's loopback address. */
final class HostZone implements Zone {
  /**
   * The addresses that stand for this machine in a box. They must be no real destination: the first
   * is of the range for benchmarks (RFC 2544), the second a unique local address (RFC 4193).
   */
  static final InetAddress V4 = AddressText.parse("198.18.0.1").orElseThrow();

  static final InetAddress V6 = AddressText.parse("fd62:6f78:6c69:7465::1").orElseThrow();

  static final InetAddress LOOPBACK_V4 = AddressText.parse("127.0.0.1").orElseThrow();
  private static final InetAddress LOOPBACK_V6 = AddressText.parse("::1").orElseThrow();
  private static final String DOMAIN = "boxlite.internal";

  /** The addresses do not change. */
  private static final Duration TTL = Duration.ofHours(1);

  private final Reach reach;
  private final EventLog log;

  HostZone(Reach reach, EventLog log) {
    this.reach = reach;
    this.log = log;
  }

  @Override
  public Optional<CompletableFuture<NameResult>> resolve(String name, AddressFamily family) {
    if (!name.equals(DOMAIN) && !name.endsWith("." + DOMAIN)) {
      return Optional.empty();
    }
    NameResult result = new NameResult.NotFound();
    if (!name.equals(NetworkRule.HOST)) {
      log.add(
          log.event(Kind.RESOLVE)
              .hostNames(List.of(name))
              .failed("there is no such name; this machine is " + NetworkRule.HOST));
    } else if (reach.hostRules().isEmpty()) {
      log.add(
          log.event(Kind.RESOLVE)
              .hostNames(List.of(name))
              .refused(name + " is not on the box's list; " + reach.remedy(name)));
    } else {
      List<InetAddress> addresses = List.of(family == AddressFamily.IPV4 ? V4 : V6);
      log.add(log.event(Kind.RESOLVE).hostNames(List.of(name)).addresses(addresses));
      result = new NameResult.Found(addresses, TTL);
    }
    return Optional.of(CompletableFuture.completedFuture(result));
  }

  @Override
  public Optional<Verdict> decide(InetAddress address, int port) {
    if (!address.equals(V4) && !address.equals(V6)) {
      return Optional.empty();
    }
    List<String> names = List.of(NetworkRule.HOST);
    List<NetworkRule> rules = reach.hostRules();
    if (rules.stream().anyMatch(rule -> rule.hasPort(port))) {
      return Optional.of(
          Verdict.allowed(
              names,
              new InetSocketAddress(LOOPBACK_V4, port),
              new InetSocketAddress(LOOPBACK_V6, port)));
    }
    return Optional.of(Refusals.ofRules(reach, names, NetworkRule.HOST, rules, port));
  }
}

package io.boxlite.internal.network;

import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkRule;
import io.boxlite.internal.host.AddressFamily;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Everything outside the box. It has every name and every address, so no zone can follow it.
 *
 * <p>A name that is not allowed never leaves this machine. Of an allowed one, the box is given the
 * public addresses, and may connect to these from then on.
 */
final class OutsideZone implements Zone {
  private final Reach reach;
  private final LookupClient lookups;
  private final EventLog log;
  private final Grants grants = new Grants();

  OutsideZone(Reach reach, LookupClient lookups, EventLog log) {
    this.reach = reach;
    this.lookups = lookups;
    this.log = log;
  }

  @Override
  public Optional<CompletableFuture<NameResult>> resolve(String name, AddressFamily family) {
    if (!reach.hasName(name)) {
      log.add(
          log.event(Kind.RESOLVE).hostNames(List.of(name)).refused(Refusals.ofName(reach, name)));
      return Optional.of(CompletableFuture.completedFuture(new NameResult.NotFound()));
    }
    return Optional.of(
        lookups.lookup(name, family).thenApply(result -> filtered(name, family, result)));
  }

  /** Removes addresses that the box may not have, and grants it the others. */
  private NameResult filtered(String name, AddressFamily family, NameResult result) {
    if (result instanceof NameResult.Found found) {
      return filtered(name, family, found);
    }
    String problem =
        result instanceof NameResult.Failed failed
            ? failed.reason()
            : result instanceof NameResult.TimedOut
                ? "this machine has not found out in time whether it exists"
                : "there is no such name";
    log.add(log.event(Kind.RESOLVE).hostNames(List.of(name)).failed(problem));
    return result;
  }

  private NameResult filtered(String name, AddressFamily family, NameResult.Found found) {
    List<NetworkRule> rules = reach.rulesFor(name);
    List<InetAddress> given = new ArrayList<>();
    List<InetAddress> kept = new ArrayList<>();
    for (InetAddress address : found.addresses()) {
      boolean special = reach.special(address).isPresent();
      boolean ofFamily = (address.getAddress().length == 4) == (family == AddressFamily.IPV4);
      if (special && !reach.hasAddress(address)) {
        kept.add(address);
      } else if (ofFamily) { // and not an IPv4 address in the form of an IPv6 address
        given.add(address);
        // For a special address, only the rules for the address itself count.
        grants.add(address, name, special ? List.of() : rules);
      }
    }
    if (!kept.isEmpty()) {
      InetAddress first = kept.get(0);
      log.add(
          log.event(Kind.RESOLVE)
              .hostNames(List.of(name))
              .addresses(kept)
              .refused(Refusals.ofAddress(reach, name, first, reach.special(first).orElseThrow())));
    }
    if (!given.isEmpty()) {
      log.add(log.event(Kind.RESOLVE).hostNames(List.of(name)).addresses(given));
    }
    return new NameResult.Found(given, found.ttl());
  }

  @Override
  public Optional<Verdict> decide(InetAddress address, int port) {
    Grants.Grant grant = grants.of(address);
    if (reach.hasAddress(address, port)) {
      return Optional.of(allowed(grant, address, port));
    }
    Optional<SpecialRange> special = reach.special(address);
    if (special.isPresent()) {
      return Optional.of(
          reach.hasAddress(address)
              ? otherPort(grant, address, port)
              : Refusals.ofSpecial(reach, grant.names(), address, port, special.get()));
    }
    if (reach.hasAllPublic() || grant.rules().stream().anyMatch(rule -> rule.hasPort(port))) {
      return Optional.of(allowed(grant, address, port));
    }
    if (!grant.rules().isEmpty()) {
      return Optional.of(
          Refusals.ofRules(reach, grant.names(), grant.names().get(0), grant.rules(), port));
    }
    return Optional.of(
        reach.hasAddress(address)
            ? otherPort(grant, address, port)
            : Refusals.ofUnknown(reach, address, port));
  }

  private static Verdict allowed(Grants.Grant grant, InetAddress address, int port) {
    return Verdict.allowed(grant.names(), new InetSocketAddress(address, port));
  }

  private Verdict otherPort(Grants.Grant grant, InetAddress address, int port) {
    return Refusals.ofRules(
        reach, grant.names(), AddressText.format(address), reach.rulesFor(address), port);
  }
}

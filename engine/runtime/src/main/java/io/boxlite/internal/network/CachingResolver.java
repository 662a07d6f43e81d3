package io.boxlite.internal.network;

import io.boxlite.internal.host.HostAddresses;
import io.boxlite.internal.host.HostAddresses.Status;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Looks up addresses on this machine, and keeps them for a short time.
 *
 * <p>The C library reports a name of {@code /etc/hosts} that has no address of the family as one
 * that does not exist. Some programs take that for an answer to both families, so a name counts as
 * not existing only if that holds for both.
 */
final class CachingResolver {
  private final HostResolver host;
  private final LookupCache cache;

  CachingResolver(HostResolver host, LongSupplier nanoTime) {
    this.host = host;
    cache = new LookupCache(nanoTime);
  }

  /** Returns what is known without asking. */
  Optional<HostAddresses> known(Question question) {
    return cache.get(question);
  }

  /** Asks this machine, unless the answer is known. May block for many seconds. */
  HostAddresses lookup(Question question) {
    HostAddresses answer = ask(question);
    if (answer.status() != Status.NOT_FOUND) {
      return answer;
    }
    HostAddresses other = ask(question.ofOtherFamily());
    HostAddresses corrected =
        switch (other.status()) {
          case FOUND -> HostAddresses.found(List.of());
          case NOT_FOUND -> answer;
          case FAILED -> other;
        };
    cache.put(question, corrected);
    return corrected;
  }

  private HostAddresses ask(Question question) {
    Optional<HostAddresses> known = cache.get(question);
    if (known.isPresent()) {
      return known.get();
    }
    HostAddresses answer;
    try {
      answer = host.lookup(question.name(), question.family());
    } catch (RuntimeException | Error e) { // such as a C library that cannot be loaded
      answer = HostAddresses.failed("the look-up on this machine failed: " + e);
    }
    cache.put(question, answer);
    return answer;
  }
}

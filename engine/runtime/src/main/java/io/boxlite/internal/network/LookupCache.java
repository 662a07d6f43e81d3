package io.boxlite.internal.network;

import io.boxlite.internal.host.HostAddresses;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What this machine has answered lately, so that a box that asks again and again does not flood the
 * machine's DNS servers. The machine's own caches know for how long an answer is valid; getaddrinfo
 * does not tell. So answers are kept for a short time only.
 */
final class LookupCache {
  /** How long a box may keep an answer, too. */
  static final Duration FOUND_TTL = Duration.ofSeconds(30);

  static final Duration NOT_FOUND_TTL = Duration.ofSeconds(5);
  static final Duration FAILED_TTL = Duration.ofSeconds(2);
  static final int MOST = 1024;

  private record Answer(HostAddresses addresses, long time) {
    boolean isFresh(long now) {
      Duration ttl =
          switch (addresses.status()) {
            case FOUND -> FOUND_TTL;
            case NOT_FOUND -> NOT_FOUND_TTL;
            case FAILED -> FAILED_TTL;
          };
      return now - time < ttl.toNanos();
    }
  }

  private final LongSupplier nanoTime;
  private final Map<Question, Answer> answers =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Question, Answer> eldest) {
          return size() > MOST;
        }
      };

  LookupCache(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  synchronized Optional<HostAddresses> get(Question question) {
    Answer answer = answers.get(question);
    if (answer == null) {
      return Optional.empty();
    }
    if (!answer.isFresh(nanoTime.getAsLong())) {
      answers.remove(question);
      return Optional.empty();
    }
    return Optional.of(answer.addresses);
  }

  synchronized void put(Question question, HostAddresses addresses) {
    answers.put(question, new Answer(addresses, nanoTime.getAsLong()));
  }
}

package io.boxlite.internal.image.registry;

import java.util.Optional;

/**
 * What Docker's configuration has for a registry.
 *
 * @param problem why there may be more that was not found; for messages, without a secret
 */
record Lookup(Optional<Credentials> credentials, Optional<String> problem) {
  /** Nothing, and nothing is wrong with that. */
  static final Lookup NOTHING = new Lookup(Optional.empty(), Optional.empty());

  /** Whom the registry sees. */
  String who() {
    return credentials.map(found -> "" + found).orElse("anonymous users") + why();
  }

  /** The problem in parentheses; empty when there is none. */
  String why() {
    return problem.map(text -> " (" + text + ")").orElse("");
  }
}

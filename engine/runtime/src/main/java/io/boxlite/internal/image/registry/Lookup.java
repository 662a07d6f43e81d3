package io.boxlite.internal.image.registry;

import java.util.Optional;

/**
 * The result of looking up credentials for a registry in Docker's configuration.
 *
 * @param problem why credentials may be missing, for messages, without a secret
 */
record Lookup(Optional<Credentials> credentials, Optional<String> problem) {
  /** No credentials, and no problem. */
  static final Lookup NOTHING = new Lookup(Optional.empty(), Optional.empty());

  /** Returns who the user is to the registry. */
  String who() {
    return credentials.map(found -> "" + found).orElse("anonymous users") + why();
  }

  /** Returns the problem in parentheses; empty when there is none. */
  String why() {
    return problem.map(text -> " (" + text + ")").orElse("");
  }
}

package io.boxlite.internal.image.registry;

import java.util.Optional;

/**
 * The result of looking up credentials for a registry in Docker's configuration.
 *
 * @param problem why credentials may be missing, for messages, without a secret
 */
record CredentialLookup(Optional<Credentials> credentials, Optional<String> problem) {
  /** No credentials, and no problem. */
  static final CredentialLookup NOTHING = new CredentialLookup(Optional.empty(), Optional.empty());

  /** Returns the user for messages, with the problem if there is one. */
  String user() {
    return credentials.map(found -> "" + found).orElse("anonymous users") + problemSuffix();
  }

  /** Returns the problem in parentheses, to append to a message; empty without a problem. */
  String problemSuffix() {
    return problem.map(text -> " (" + text + ")").orElse("");
  }
}

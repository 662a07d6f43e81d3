package io.boxlite.internal.network.secret;

import io.boxlite.Secret;

/**
 * A secret with its value.
 *
 * @param secret what it is for
 * @param placeholder what the box has instead
 * @param value what the box must not see
 */
record KnownSecret(Secret secret, String placeholder, String value) {
  static KnownSecret of(Secret secret) {
    return new KnownSecret(secret, secret.placeholder(), secret.value());
  }

  String name() {
    return secret.name();
  }

  /** Never shows the value. */
  @Override
  public String toString() {
    return name();
  }
}

package io.boxlite.internal.image.registry;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Credentials of a user.
 *
 * @param user the user name; empty with an identity token
 * @param secret the password, or an identity token (Docker's {@code identitytoken})
 * @param source where they were found, for messages, which never contain the secret
 */
record Credentials(String user, String secret, String source) {
  boolean isIdentityToken() {
    return user.isEmpty();
  }

  /** Returns the value of the header (RFC 7617). */
  String basic() {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + secret).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return (isIdentityToken() ? "the identity token" : "user " + user) + " of " + source;
  }
}

package io.boxlite.internal.image.registry;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Who asks.
 *
 * @param user empty with an identity token
 * @param secret the password, or an identity token (Docker's {@code identitytoken})
 * @param source where they were found, for messages; never shown with the secret
 */
record Credentials(String user, String secret, String source) {
  boolean isIdentityToken() {
    return user.isEmpty();
  }

  /** The header's value (RFC 7617). */
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

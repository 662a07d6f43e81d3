package io.boxlite.internal.image.registry;

import io.boxlite.ImagePullException;
import io.boxlite.internal.image.source.Document;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Requests tokens for pulls from the token service of a registry's challenge (distribution, "Token
 * Authentication Specification" and "OAuth2 Token Authentication").
 */
record TokenService(Http http, ConnectionPolicy policy) {
  /** RFC 6750, section 2.1. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]{1,65536}=*");

  @SuppressWarnings("NullAway") // a field that is missing in the response is null
  private record Answer(@Nullable String token, @Nullable String access_token) {}

  /**
   * Requests a token.
   *
   * @param lookup the credentials; empty for anonymous access
   */
  String token(Endpoint endpoint, Challenge challenge, CredentialLookup lookup)
      throws IOException, InterruptedException {
    Optional<Credentials> credentials = lookup.credentials();
    URI realm = realm(endpoint, challenge);
    Map<String, String> question = new LinkedHashMap<>();
    String service = challenge.parameters().get("service");
    if (service != null) {
      question.put("service", service);
    }
    // Not the challenge's scope, which could request more permissions in the user's name.
    question.put("scope", "repository:" + endpoint.repository() + ":pull");
    boolean identity = credentials.map(Credentials::isIdentityToken).orElse(false);
    String what = "a token for " + endpoint;
    try (Response reply =
        identity
            ? refresh(realm, question, credentials.get().secret())
            : http.get(
                question(realm, question),
                Map.of(),
                credentials.map(Credentials::basic).orElse(null))) {
      if (reply.status() == 401 || reply.status() == 403) {
        throw new ImagePullException(
            endpoint
                + " rejects "
                + credentials.map(c -> "" + c).orElse("anonymous users")
                + lookup.problemSuffix()
                + ": HTTP status "
                + reply.status()
                + " of "
                + reply.authority()
                + "; to log in again, run: docker login "
                + endpoint);
      }
      if (reply.status() != 200) {
        throw reply.failure(what);
      }
      return token(Document.read(reply.body(), what, -1, null).parse(Answer.class), endpoint);
    }
  }

  private URI realm(Endpoint endpoint, Challenge challenge) {
    String text = challenge.parameters().getOrDefault("realm", "");
    URI realm;
    try {
      realm = WebAddress.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ImagePullException(
          endpoint + " has an invalid address for tokens: " + e.getMessage(), e);
    }
    policy.check("the realm", endpoint.base(), realm);
    return realm;
  }

  private Response refresh(URI realm, Map<String, String> question, String token)
      throws IOException, InterruptedException {
    Map<String, String> form = new LinkedHashMap<>(question);
    form.put("grant_type", "refresh_token");
    form.put("client_id", "boxlite");
    form.put("refresh_token", token);
    return http.post(realm, encode(form));
  }

  private static URI question(URI realm, Map<String, String> question) {
    String text = realm.toString();
    return URI.create(text + (realm.getRawQuery() == null ? "?" : "&") + encode(question));
  }

  private static String encode(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  private static String token(Answer answer, Endpoint endpoint) {
    String token = answer.token == null ? answer.access_token : answer.token;
    if (token == null || !TOKEN.matcher(token).matches()) {
      throw new ImagePullException(
          "the token service of "
              + endpoint
              + " answers with "
              + (token == null ? "no" : "an invalid")
              + " token");
    }
    return token;
  }
}

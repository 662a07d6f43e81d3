package io.boxlite.internal.image.registry;

import io.boxlite.ImagePullException;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Authentication for requests to an endpoint. Requests are anonymous until credentials are
 * required. Any number of threads may share a session; they log in once.
 */
final class Session {
  private final Endpoint endpoint;
  private final Http http;
  private final TokenService tokens;
  private final DockerConfig config;
  private @Nullable String authorization;
  private @Nullable CredentialLookup lookup;
  private @Nullable List<Challenge> atRoot;

  Session(Endpoint endpoint, Http http, TokenService tokens, DockerConfig config) {
    this.endpoint = endpoint;
    this.http = http;
    this.tokens = tokens;
    this.config = config;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /**
   * Sends a GET request to the endpoint.
   *
   * @return the response, to be closed
   * @throws ImagePullException when the endpoint requires other credentials
   */
  Response get(URI uri, Map<String, String> headers) throws IOException, InterruptedException {
    String used = authorization();
    Response reply = http.get(uri, headers, used);
    if (!ConnectionPolicy.same(reply.uri(), uri)) {
      return reply;
    }
    List<Challenge> challenges;
    try {
      challenges = challenges(reply, used);
    } catch (IOException | InterruptedException | RuntimeException e) {
      reply.close();
      throw e;
    }
    if (challenges.isEmpty() && reply.status() != 401) {
      if (reply.status() == 403) {
        throw refused(reply);
      }
      return reply;
    }
    reply.close();
    Response second = http.get(uri, headers, logIn(challenges, used));
    if (ConnectionPolicy.same(second.uri(), uri)
        && (second.status() == 401 || second.status() == 403)) {
      throw refused(second);
    }
    return second;
  }

  /**
   * Returns the challenges of the endpoint. Some registries hide private images from anonymous
   * users, and send challenges only at the root of their API.
   */
  private List<Challenge> challenges(Response reply, @Nullable String used)
      throws IOException, InterruptedException {
    if (reply.status() == 401) {
      List<Challenge> challenges = Challenge.parse(reply.headers().allValues("WWW-Authenticate"));
      boolean known =
          Challenge.find(challenges, "bearer").isPresent()
              || Challenge.find(challenges, "basic").isPresent();
      List<Challenge> atRoot = known ? List.of() : challengesAtRoot();
      return atRoot.isEmpty() ? challenges : atRoot;
    }
    boolean hidden = reply.status() == 403 || reply.status() == 404;
    return hidden && used == null && lookup().credentials().isPresent()
        ? challengesAtRoot()
        : List.of();
  }

  private synchronized List<Challenge> challengesAtRoot() throws IOException, InterruptedException {
    List<Challenge> known = atRoot;
    if (known == null) {
      try (Response root = http.get(endpoint.base(), Map.of(), null)) {
        known =
            root.status() == 401 && ConnectionPolicy.same(root.uri(), endpoint.base())
                ? Challenge.parse(root.headers().allValues("WWW-Authenticate"))
                : List.of();
      }
      atRoot = known;
    }
    return known;
  }

  private ImagePullException refused(Response reply) throws IOException, InterruptedException {
    String text = reply.errorText();
    reply.close();
    return new ImagePullException(
        endpoint
            + " denies access to "
            + endpoint.repository()
            + " to "
            + lookup().user()
            + ": it does not exist, or needs other credentials"
            + (reply.status() == 401 ? "" : " (HTTP status " + reply.status() + ")")
            + (text.isEmpty() ? "" : " (" + text + ")")
            + "; run: docker login "
            + endpoint);
  }

  /** Returns the credentials for the endpoint, looked up when they are first needed. */
  synchronized CredentialLookup lookup() throws InterruptedException {
    CredentialLookup known = lookup;
    if (known == null) {
      known = config.find(endpoint.registry());
      lookup = known;
    }
    return known;
  }

  private synchronized @Nullable String authorization() {
    return authorization;
  }

  private synchronized String logIn(List<Challenge> challenges, @Nullable String used)
      throws IOException, InterruptedException {
    if (authorization != null && !Objects.equals(authorization, used)) {
      return authorization; // Another thread has logged in meanwhile.
    }
    CredentialLookup lookup = lookup();
    Optional<Challenge> bearer = Challenge.find(challenges, "bearer");
    String fresh;
    if (bearer.isPresent()) {
      fresh = "Bearer " + tokens.token(endpoint, bearer.get(), lookup);
    } else if (Challenge.find(challenges, "basic").isEmpty()) {
      throw new ImagePullException(
          endpoint
              + " requires an authentication scheme that is not supported: it offers "
              + challenges.stream().map(Challenge::scheme).toList()
              + ", supported are [bearer, basic]");
    } else {
      fresh =
          lookup
              .credentials()
              .filter(found -> !found.isIdentityToken())
              .map(Credentials::basic)
              .orElseThrow(
                  () ->
                      new ImagePullException(
                          endpoint
                              + " requires a user and a password, and "
                              + config.file()
                              + " has none for it"
                              + lookup.problemSuffix()
                              + "; run: docker login "
                              + endpoint));
    }
    authorization = fresh;
    return fresh;
  }
}

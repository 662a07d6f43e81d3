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
 * Requests to one endpoint: without credentials first, then with what its challenge asks for. Any
 * number of threads may share it; they log in once.
 */
final class Session {
  private final Endpoint endpoint;
  private final Http http;
  private final TokenService tokens;
  private final DockerConfig config;
  private @Nullable String authorization;

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
   * Asks for something of the endpoint.
   *
   * @return the answer, to be closed
   * @throws ImagePullException when the endpoint wants other credentials than there are
   */
  Reply get(URI uri, Map<String, String> headers) throws IOException, InterruptedException {
    String used = authorization();
    Reply reply = http.get(uri, headers, used);
    if (reply.status() != 401 || !Origins.same(reply.uri(), uri)) {
      return reply;
    }
    List<Challenge> challenges = Challenge.parse(reply.headers().allValues("WWW-Authenticate"));
    reply.close();
    Reply second = http.get(uri, headers, logIn(challenges, used));
    if (second.status() == 401) {
      second.close();
      throw new ImagePullException(
          endpoint
              + " refuses to give "
              + endpoint.repository()
              + " to "
              + config.find(endpoint.registry()).map(c -> "" + c).orElse("anonymous users")
              + ": it does not exist, or needs other credentials; run: docker login "
              + endpoint);
    }
    return second;
  }

  private synchronized @Nullable String authorization() {
    return authorization;
  }

  private synchronized String logIn(List<Challenge> challenges, @Nullable String used)
      throws IOException, InterruptedException {
    if (authorization != null && !Objects.equals(authorization, used)) {
      return authorization; // Another thread has logged in meanwhile.
    }
    Optional<Credentials> credentials = config.find(endpoint.registry());
    Optional<Challenge> bearer = Challenge.find(challenges, "bearer");
    String fresh;
    if (bearer.isPresent()) {
      fresh = "Bearer " + tokens.token(endpoint, bearer.get(), credentials);
    } else if (Challenge.find(challenges, "basic").isEmpty()) {
      throw new ImagePullException(
          endpoint
              + " wants to know who asks, in a way that is not known: it offers "
              + challenges.stream().map(Challenge::scheme).toList()
              + ", known are [bearer, basic]");
    } else {
      fresh =
          credentials
              .filter(found -> !found.isIdentityToken())
              .map(Credentials::basic)
              .orElseThrow(
                  () ->
                      new ImagePullException(
                          endpoint
                              + " wants a user and a password, and "
                              + config.file()
                              + " has none for it; run: docker login "
                              + endpoint));
    }
    authorization = fresh;
    return fresh;
  }
}

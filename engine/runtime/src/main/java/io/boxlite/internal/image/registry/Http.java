package io.boxlite.internal.image.registry;

import io.boxlite.ImagePullException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests and follows redirects, without sending credentials to another origin. Proxies get
 * their own credentials.
 */
final class Http {
  private static final int MAX_REDIRECTS = 5;

  private final HttpClients clients;
  private final ProxyLogin proxies;
  private final ConnectionPolicy policy;
  private final RegistryTimeouts timeout;
  private final StallWatch watch;

  Http(
      HttpClients clients,
      ProxyLogin proxies,
      ConnectionPolicy policy,
      RegistryTimeouts timeout,
      StallWatch watch) {
    this.clients = clients;
    this.proxies = proxies;
    this.policy = policy;
    this.timeout = timeout;
    this.watch = watch;
  }

  /**
   * Sends a GET request.
   *
   * @param authorization the authorization for this origin only; null for none
   * @return the response, to be closed
   */
  Response get(URI start, Map<String, String> headers, @Nullable String authorization)
      throws IOException, InterruptedException {
    URI uri = start;
    String credentials = authorization;
    for (int redirects = 0; ; redirects++) {
      HttpRequest.Builder request = request(uri, headers);
      if (credentials != null) {
        request.header("Authorization", credentials);
      }
      Response reply = send(request.GET().build());
      String location = reply.header("Location");
      if (!isRedirect(reply.status()) || location == null) {
        return reply;
      }
      reply.close();
      if (redirects == MAX_REDIRECTS) {
        throw new ImagePullException(
            ConnectionPolicy.authority(start)
                + " redirects more than "
                + MAX_REDIRECTS
                + " times, finally to "
                + ConnectionPolicy.authority(uri)
                + "; this may be a loop");
      }
      URI next = resolve(uri, location);
      policy.check("a redirect", uri, next);
      if (!ConnectionPolicy.same(uri, next)) {
        credentials = null;
      }
      uri = next;
    }
  }

  /** Sends a form. Redirects are not followed, because its content is for this address only. */
  Response post(URI uri, String form) throws IOException, InterruptedException {
    return send(
        request(uri, Map.of("Content-Type", "application/x-www-form-urlencoded"))
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build());
  }

  /**
   * Returns whether a failure may be that of plain HTTP to a TLS server: an alert, or no answer.
   */
  private static boolean isMaybeTls(URI uri, IOException failure) {
    String words = String.valueOf(failure.getMessage());
    return uri.getScheme().equals("http")
        && !(failure instanceof HttpTimeoutException)
        && (words.startsWith("parsing HTTP/1.1") || words.startsWith("HTTP/1.1 header parser"));
  }

  private static String reasonOf(IOException failure) {
    return String.valueOf(failure.getMessage()).startsWith("parsing HTTP/1.1")
        ? "the answer is not HTTP"
        : "the connection ended without an answer";
  }

  /** Returns a hint for an address that was accessed by plain HTTP. */
  static String tlsHint(URI uri) {
    String authority = ConnectionPolicy.authority(uri);
    return ConnectionPolicy.isLoopback(uri)
        ? "; if "
            + authority
            + " uses TLS, add it to boxlite.registry.insecure, or as a mirror of itself with"
            + " https://"
        : "; if " + authority + " uses TLS, remove it from boxlite.registry.http";
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private static URI resolve(URI uri, String location) {
    try {
      return WebAddress.resolve(uri, location);
    } catch (IllegalArgumentException e) {
      throw new ImagePullException(
          ConnectionPolicy.authority(uri) + " redirects to an invalid address: " + e.getMessage(),
          e);
    }
  }

  private HttpRequest.Builder request(URI uri, Map<String, String> headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).timeout(timeout.response()).header("User-Agent", "boxlite");
    headers.forEach(request::header);
    return request;
  }

  private Response send(HttpRequest request) throws IOException, InterruptedException {
    Optional<String> login = proxies.header(request.uri());
    HttpResponse<InputStream> response = send(request, login);
    while (response.statusCode() == ProxyLogin.REQUIRED) {
      closeUnlessTunnel(response.body());
      proxies.logIn(request.uri(), response.headers(), login);
      login = proxies.header(request.uri());
      response = send(request, login);
    }
    return new Response(
        request.uri(), response.statusCode(), response.headers(), watch.watch(response.body()));
  }

  /**
   * Closes the body of a response, which is null if a proxy refused a tunnel, unlike documented.
   */
  private static void closeUnlessTunnel(@Nullable InputStream body) throws IOException {
    if (body != null) {
      body.close();
    }
  }

  private HttpResponse<InputStream> send(HttpRequest plain, Optional<String> proxyLogin)
      throws IOException, InterruptedException {
    HttpRequest request =
        proxyLogin
            .map(
                login ->
                    HttpRequest.newBuilder(plain, (name, value) -> true)
                        .header(ProxyLogin.HEADER, login)
                        .build())
            .orElse(plain);
    try {
      return clients
          .of(policy.isInsecure(request.uri()))
          .send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (ConnectException e) {
      URI uri = request.uri();
      throw ConnectFailure.explain(
          e, uri.getHost(), ConnectionPolicy.port(uri), proxies.address(uri).orElse(null));
    } catch (IOException e) {
      if (isMaybeTls(request.uri(), e)) {
        throw new IOException(reasonOf(e) + tlsHint(request.uri()), e);
      }
      throw e;
    } catch (RuntimeException e) {
      // The JDK's client throws this for some invalid headers, such as a length that is not a
      // number.
      throw new IOException("the answer is invalid: " + e.getMessage(), e);
    }
  }
}

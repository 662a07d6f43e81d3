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
 * Makes requests and follows redirects, without taking credentials along to another origin. A proxy
 * on the way gets its own.
 */
final class Http {
  private static final int MAX_REDIRECTS = 5;

  private final Clients clients;
  private final ProxyLogin proxies;
  private final Origins origins;
  private final RegistryTimeouts timeout;
  private final StallWatch watch;

  Http(
      Clients clients,
      ProxyLogin proxies,
      Origins origins,
      RegistryTimeouts timeout,
      StallWatch watch) {
    this.clients = clients;
    this.proxies = proxies;
    this.origins = origins;
    this.timeout = timeout;
    this.watch = watch;
  }

  /**
   * Asks for something.
   *
   * @param authorization for this origin alone; null for none
   * @return the answer, to be closed
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
            Origins.authority(start)
                + " redirects more than "
                + MAX_REDIRECTS
                + " times, at last to "
                + Origins.authority(uri)
                + "; it may lead in a circle");
      }
      URI next = resolve(uri, location);
      origins.check("a redirect", uri, next);
      if (!Origins.same(uri, next)) {
        credentials = null;
      }
      uri = next;
    }
  }

  /** Sends a form, and follows no redirect: what is in it is for this address alone. */
  Response post(URI uri, String form) throws IOException, InterruptedException {
    return send(
        request(uri, Map.of("Content-Type", "application/x-www-form-urlencoded"))
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build());
  }

  /**
   * Whether this may be what a server makes of plain HTTP that speaks TLS: an alert, or nothing at
   * all.
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

  /** What to say of an address that was spoken to in plain HTTP. */
  static String tlsHint(URI uri) {
    String authority = Origins.authority(uri);
    return Origins.isLoopback(uri)
        ? "; if "
            + authority
            + " speaks TLS, name it in boxlite.registry.insecure, or as a mirror of itself with"
            + " https://"
        : "; if " + authority + " speaks TLS, take it out of boxlite.registry.http";
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private static URI resolve(URI uri, String location) {
    try {
      return WebAddress.resolve(uri, location);
    } catch (IllegalArgumentException e) {
      throw new ImagePullException(
          Origins.authority(uri) + " redirects to what is no address: " + e.getMessage(), e);
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
   * What a proxy says instead of tunnelling comes without a body, against what the JDK promises.
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
          .of(origins.isInsecure(request.uri()))
          .send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (ConnectException e) {
      URI uri = request.uri();
      throw ConnectFailure.explain(
          e, uri.getHost(), Origins.port(uri), proxies.address(uri).orElse(null));
    } catch (IOException e) {
      if (isMaybeTls(request.uri(), e)) {
        throw new IOException(reasonOf(e) + tlsHint(request.uri()), e);
      }
      throw e;
    } catch (RuntimeException e) {
      // What the JDK's client makes of some headers, such as a length that is no number.
      throw new IOException("the answer makes no sense: " + e.getMessage(), e);
    }
  }
}

package io.boxlite.internal.image.registry;

import io.boxlite.ImagePullException;
import io.boxlite.internal.host.settings.ProxySettings;
import java.net.Authenticator;
import java.net.Authenticator.RequestorType;
import java.net.InetSocketAddress;
import java.net.MalformedURLException;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Authenticates to proxies that require it (RFC 9110, section 11.7). The JDK's client would also
 * authenticate to servers, which is the task of {@link Session}.
 */
final class ProxyLogin {
  /** The header for the credentials. */
  static final String HEADER = "Proxy-Authorization";

  /** The status of a proxy that requires credentials. */
  static final int REQUIRED = 407;

  /**
   * The property with the schemes that the JDK does not use for tunnels; by default {@code Basic}.
   */
  private static final String DISABLED = "jdk.http.auth.tunneling.disabledSchemes";

  private final ProxySettings proxies;
  private final Map<String, Credentials> known = new ConcurrentHashMap<>();

  ProxyLogin(ProxySettings proxies) {
    this.proxies = proxies;
  }

  /** Returns the header for a request, once a proxy has required credentials for its scheme. */
  Optional<String> header(URI uri) {
    return Optional.ofNullable(known.get(scheme(uri))).map(Credentials::basic);
  }

  /**
   * Finds the credentials for a proxy that requires them, and provides them to {@link #header}.
   *
   * @param refused the header that the proxy has rejected
   * @throws ImagePullException when there are no credentials, or the proxy has rejected them
   */
  void logIn(URI uri, HttpHeaders answer, Optional<String> refused) {
    List<Challenge> challenges = Challenge.parse(answer.allValues("Proxy-Authenticate"));
    String proxy = "the proxy " + address(uri).map(ProxyLogin::show).orElse("") + " for " + uri;
    if (Challenge.find(challenges, "basic").isEmpty()) {
      throw new ImagePullException(
          proxy
              + " requires an authentication scheme that is not supported: it offers "
              + challenges.stream().map(Challenge::scheme).toList()
              + ", supported is [basic]");
    }
    Credentials credentials =
        find(uri, challenges).orElseThrow(() -> new ImagePullException(proxy + missing(uri)));
    if (isKeptBack(uri)) {
      throw new ImagePullException(
          proxy
              + " requires a user and a password, which Java does not send to a proxy that tunnels"
              + " TLS; to allow it, start Java with -D"
              + DISABLED
              + "=");
    }
    if (refused.equals(Optional.of(credentials.basic()))) {
      throw new ImagePullException(proxy + " rejects " + credentials);
    }
    known.put(scheme(uri), credentials);
  }

  private String missing(URI uri) {
    return " requires a user and a password; "
        + (proxies.selector().isPresent()
            ? "none are configured with it"
            : "set the system properties "
                + scheme(uri)
                + ".proxyUser and "
                + scheme(uri)
                + ".proxyPassword"
                + (isKeptBack(uri) ? ", and " + DISABLED + " to nothing" : ""));
  }

  private Optional<Credentials> find(URI uri, List<Challenge> challenges) {
    if (proxies.selector().isPresent()) {
      return proxies
          .authenticator()
          .flatMap(authenticator -> ask(authenticator, uri, challenges))
          .map(found -> credentials(found, "the proxy's configuration"));
    }
    String prefix = scheme(uri) + ".proxy";
    String user = System.getProperty(prefix + "User");
    if (user != null) {
      String password = System.getProperty(prefix + "Password", "");
      return Optional.of(new Credentials(user, password, prefix + "User"));
    }
    return Optional.ofNullable(Authenticator.getDefault())
        .flatMap(authenticator -> ask(authenticator, uri, challenges))
        .map(found -> credentials(found, "this JVM's Authenticator"));
  }

  private static Credentials credentials(PasswordAuthentication found, String source) {
    return new Credentials(found.getUserName(), new String(found.getPassword()), source);
  }

  private Optional<PasswordAuthentication> ask(
      Authenticator authenticator, URI uri, List<Challenge> challenges) {
    InetSocketAddress proxy = address(uri).orElse(null);
    if (proxy == null) {
      return Optional.empty();
    }
    String realm =
        Challenge.find(challenges, "basic")
            .map(challenge -> challenge.parameters().getOrDefault("realm", ""))
            .orElse("");
    try {
      return Optional.ofNullable(
          authenticator.requestPasswordAuthenticationInstance(
              proxy.getHostString(),
              proxy.getAddress(),
              proxy.getPort(),
              scheme(uri),
              realm,
              "Basic",
              uri.toURL(),
              RequestorType.PROXY));
    } catch (MalformedURLException e) {
      throw new IllegalStateException("every Java knows http and https", e);
    }
  }

  /** Returns whether the JDK removes the header. Its default cannot be queried. */
  private static boolean isKeptBack(URI uri) {
    return scheme(uri).equals("https")
        && Arrays.stream(System.getProperty(DISABLED, "Basic").split(",", -1))
            .anyMatch(scheme -> scheme.strip().equalsIgnoreCase("Basic"));
  }

  /** Returns the proxy for an address; empty for a direct connection. */
  Optional<InetSocketAddress> address(URI uri) {
    ProxySelector selector = proxies.selector().orElseGet(ProxySelector::getDefault);
    return selector == null
        ? Optional.empty()
        : selector.select(uri).stream()
            .filter(proxy -> proxy.type() == Proxy.Type.HTTP)
            .map(Proxy::address)
            .filter(InetSocketAddress.class::isInstance)
            .map(InetSocketAddress.class::cast)
            .findFirst();
  }

  private static String show(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }

  private static String scheme(URI uri) {
    return uri.getScheme().toLowerCase(Locale.ROOT);
  }
}

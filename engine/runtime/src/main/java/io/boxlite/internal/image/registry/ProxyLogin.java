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
 * Tells proxies who asks, once they want to know (RFC 9110, section 11.7). The JDK's client does so
 * of itself only for those who have it log in to servers as well, which is a {@link Session}'s
 * business.
 */
final class ProxyLogin {
  /** The header with the credentials. */
  static final String HEADER = "Proxy-Authorization";

  /** The status that asks for it. */
  static final int REQUIRED = 407;

  /** Which schemes the JDK keeps to itself where it tunnels; {@code Basic} as it comes. */
  private static final String DISABLED = "jdk.http.auth.tunneling.disabledSchemes";

  private final ProxySettings proxies;
  private final Map<String, Credentials> known = new ConcurrentHashMap<>();

  ProxyLogin(ProxySettings proxies) {
    this.proxies = proxies;
  }

  /** What a request to a scheme's addresses carries, after the first was asked for it. */
  Optional<String> header(URI uri) {
    return Optional.ofNullable(known.get(scheme(uri))).map(Credentials::basic);
  }

  /**
   * Answers a proxy that wants to know who asks, for {@link #header} to have it.
   *
   * @param refused what the request had said already
   * @throws ImagePullException when there is no answer, or it was given and did not do
   */
  void logIn(URI uri, HttpHeaders answer, Optional<String> refused) {
    List<Challenge> challenges = Challenge.parse(answer.allValues("Proxy-Authenticate"));
    String proxy = "the proxy " + address(uri).map(ProxyLogin::show).orElse("") + " for " + uri;
    if (Challenge.find(challenges, "basic").isEmpty()) {
      throw new ImagePullException(
          proxy
              + " wants to know who asks, in a way that is not known: it offers "
              + challenges.stream().map(Challenge::scheme).toList()
              + ", known is [basic]");
    }
    Credentials credentials =
        find(uri, challenges).orElseThrow(() -> new ImagePullException(proxy + missing(uri)));
    if (isKeptBack(uri)) {
      throw new ImagePullException(
          proxy
              + " wants a user and a password, and Java tells none to a proxy that tunnels TLS; to"
              + " allow it, start Java with -D"
              + DISABLED
              + "=");
    }
    if (refused.equals(Optional.of(credentials.basic()))) {
      throw new ImagePullException(proxy + " refuses " + credentials);
    }
    known.put(scheme(uri), credentials);
  }

  private String missing(URI uri) {
    return " wants a user and a password; "
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

  /** Whether the JDK takes the header away. Its own default is nowhere to be asked for. */
  private static boolean isKeptBack(URI uri) {
    return scheme(uri).equals("https")
        && Arrays.stream(System.getProperty(DISABLED, "Basic").split(",", -1))
            .anyMatch(scheme -> scheme.strip().equalsIgnoreCase("Basic"));
  }

  /** By way of whom an address is reached; empty for nobody. */
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

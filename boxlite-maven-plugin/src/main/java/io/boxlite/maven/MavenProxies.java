package io.boxlite.maven;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.maven.execution.MavenSession;
import org.eclipse.aether.RepositorySystemSession;
import org.eclipse.aether.repository.AuthenticationContext;
import org.eclipse.aether.repository.RemoteRepository;
import org.jspecify.annotations.Nullable;

/**
 * The proxies of Maven's settings. Maven selects the proxy for an address and decrypts its
 * password, as it does for a repository at that address.
 */
final class MavenProxies extends ProxySelector {
  /** Loopback addresses never use a proxy, as with Java's own proxy settings. */
  private static final Pattern LOOPBACK = Pattern.compile("localhost|127\\..*|\\[::1]");

  private final RepositorySystemSession session;

  MavenProxies(RepositorySystemSession session) {
    this.session = session;
  }

  /** Returns the proxies of this build; empty if the settings have no active one. */
  static Optional<MavenProxies> of(@Nullable MavenSession session) {
    return session == null || session.getRequest().getProxies().isEmpty()
        ? Optional.empty()
        : Optional.of(new MavenProxies(session.getRepositorySession()));
  }

  @Override
  public List<Proxy> select(URI uri) {
    return List.of(
        Optional.ofNullable(repository(uri).getProxy())
            .map(proxy -> InetSocketAddress.createUnresolved(proxy.getHost(), proxy.getPort()))
            .map(address -> new Proxy(Proxy.Type.HTTP, address))
            .orElse(Proxy.NO_PROXY));
  }

  /** Does nothing: the exception of the connection is reported anyway. */
  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {}

  /** Returns the authenticator for the proxies. */
  Authenticator authenticator() {
    return new Authenticator() {
      @Override
      protected @Nullable PasswordAuthentication getPasswordAuthentication() {
        return login(URI.create(getRequestingURL().toString()));
      }
    };
  }

  private @Nullable PasswordAuthentication login(URI uri) {
    try (@Nullable AuthenticationContext login =
        AuthenticationContext.forProxy(session, repository(uri))) {
      String user = login == null ? null : login.get(AuthenticationContext.USERNAME);
      return login == null || user == null
          ? null
          : new PasswordAuthentication(
              user,
              Objects.requireNonNullElse(login.get(AuthenticationContext.PASSWORD), "")
                  .toCharArray());
    }
  }

  /** Returns a repository at an address, for which Maven selects the proxy. */
  private RemoteRepository repository(URI uri) {
    RemoteRepository repository =
        new RemoteRepository.Builder("registry", "default", uri.toString()).build();
    return uri.getHost() == null || LOOPBACK.matcher(uri.getHost()).matches()
        ? repository
        : new RemoteRepository.Builder(repository)
            .setProxy(session.getProxySelector().getProxy(repository))
            .build();
  }
}

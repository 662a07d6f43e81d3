package io.boxlite.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Authenticator.RequestorType;
import java.net.InetSocketAddress;
import java.net.MalformedURLException;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.URI;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.eclipse.aether.util.repository.AuthenticationBuilder;
import org.eclipse.aether.util.repository.DefaultProxySelector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MavenProxiesTest {
  private final DefaultProxySelector configured = new DefaultProxySelector();
  private MavenProxies proxies = new MavenProxies(new DefaultRepositorySystemSession());

  @BeforeEach
  void open() {
    DefaultRepositorySystemSession session = new DefaultRepositorySystemSession();
    session.setProxySelector(configured);
    proxies = new MavenProxies(session);
  }

  private void add(String protocol, String host, String nonProxyHosts) {
    configured.add(
        new org.eclipse.aether.repository.Proxy(
            protocol,
            host,
            3128,
            new AuthenticationBuilder().addUsername("pat@" + host).addPassword("secret").build()),
        nonProxyHosts);
  }

  private Proxy proxyOf(String uri) {
    return proxies.select(URI.create(uri)).get(0);
  }

  private static Proxy proxy(String host) {
    return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(host, 3128));
  }

  private @Nullable PasswordAuthentication login(String uri) throws MalformedURLException {
    return proxies
        .authenticator()
        .requestPasswordAuthenticationInstance(
            "way-out",
            null,
            3128,
            "http",
            "realm",
            "Basic",
            URI.create(uri).toURL(),
            RequestorType.PROXY);
  }

  @Test
  void aProxyServesItsProtocolAndThatOfHttpAlsoTls() {
    add("http", "way-out", "");
    assertThat(proxyOf("http://registry.test/v2/")).isEqualTo(proxy("way-out"));
    assertThat(proxyOf("https://registry.test/v2/")).isEqualTo(proxy("way-out"));
    add("https", "secure-way-out", "");
    assertThat(proxyOf("http://registry.test/v2/")).isEqualTo(proxy("way-out"));
    assertThat(proxyOf("https://registry.test/v2/")).isEqualTo(proxy("secure-way-out"));
  }

  @Test
  void hostsThatAreExceptedAndThisMachineAreReachedWithoutOne() {
    add("http", "way-out", "*.near.test|direct.test");
    assertThat(proxyOf("https://a.near.test:5000/v2/")).isEqualTo(Proxy.NO_PROXY);
    assertThat(proxyOf("https://direct.test/v2/")).isEqualTo(Proxy.NO_PROXY);
    assertThat(proxyOf("https://not-direct.test/v2/")).isEqualTo(proxy("way-out"));
    for (String here : new String[] {"localhost", "127.0.0.1", "[::1]"}) {
      assertThat(proxyOf("http://" + here + ":5000/v2/")).isEqualTo(Proxy.NO_PROXY);
    }
  }

  @Test
  void eachProxyIsToldItsOwnPassword() throws MalformedURLException {
    add("http", "way-out", "direct.test");
    assertThat(login("http://registry.test/v2/"))
        .satisfies(
            login -> {
              assertThat(login.getUserName()).isEqualTo("pat@way-out");
              assertThat(login.getPassword()).containsExactly("secret".toCharArray());
            });
    assertThat(login("http://direct.test/v2/")).isNull();
  }
}

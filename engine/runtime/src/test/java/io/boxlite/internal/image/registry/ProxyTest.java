package io.boxlite.internal.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImagePullException;
import io.boxlite.PullListener;
import io.boxlite.TestCertificate;
import io.boxlite.internal.host.settings.ProxySettings;
import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.store.StoredImages;
import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A JVM that has a proxy. */
class ProxyTest extends HostileTest {
  private static final ImageName PLAIN = ImageName.parse("plain.test/app");
  private static final ImageName SECURE = ImageName.parse("secure.test/app");
  private static final String BASIC = "Basic realm=\"the way out\"";

  private final Map<String, @Nullable String> before = new LinkedHashMap<>();

  private void set(String property, String value) {
    before.put(property, System.getProperty(property));
    System.setProperty(property, value);
  }

  private void haveAProxy(int port) {
    set("http.proxyHost", "127.0.0.1");
    set("http.proxyPort", "" + port);
  }

  private void logIn(String user, String password) {
    set("http.proxyUser", user);
    set("http.proxyPassword", password);
  }

  @AfterEach
  void haveNone() {
    before.forEach(
        (property, value) -> {
          if (value == null) {
            System.clearProperty(property);
          } else {
            System.setProperty(property, value);
          }
        });
  }

  private void pullPlain() {
    registries(directory, ProxySettings.OF_JVM).pull(PLAIN, store, events);
  }

  private static Registries registries(Path directory, ProxySettings proxies) {
    return new Registries(
        new RegistrySettings(List.of(), Set.of("plain.test"), Set.of("secure.test")),
        proxies,
        new DockerConfig(directory.resolve("config.json"), ""),
        TestTimeouts.SHORT);
  }

  private void assertRefuses(String... messages) {
    assertThatExceptionOfType(ImagePullException.class)
        .isThrownBy(this::pullPlain)
        .satisfies(e -> assertThat(e.getMessage()).contains(messages));
    assertThat(store.names()).isEmpty();
  }

  @Test
  void pullsThroughIt() {
    haveAProxy(Integer.parseInt(registry.host().split(":", 2)[1]));
    pullPlain();
    assertThat(store.find(PLAIN)).isPresent();
    assertThat(registry.requests("/v2/app/"))
        .hasSize(3)
        .allSatisfy(
            request ->
                assertThat(request.header("target"))
                    .hasValueSatisfying(
                        target -> assertThat(target).startsWith("http://plain.test/v2/app/")));
  }

  @Test
  void tellsItWhoAsksOnceItWantsToKnow() throws IOException {
    try (LoginProxy proxy = new LoginProxy(registry.host(), BASIC)) {
      haveAProxy(proxy.port());
      logIn(LoginProxy.USER, LoginProxy.PASSWORD);
      pullPlain();
      assertThat(store.find(PLAIN)).isPresent();
      assertThat(proxy.refused()).hasSize(1);
      assertThat(proxy.passed()).hasSize(3);
      assertThat(registry.requests("/v2/app/"))
          .hasSize(3)
          .allSatisfy(request -> assertThat(request.header("Proxy-Authorization")).isEmpty());
    }
  }

  @Test
  void asksTheAuthenticatorOfThisJvm() throws IOException {
    List<String> asked = new ArrayList<>();
    Authenticator before = Authenticator.getDefault();
    Authenticator.setDefault(
        new Authenticator() {
          @Override
          protected PasswordAuthentication getPasswordAuthentication() {
            asked.add(getRequestorType() + " " + getRequestingPrompt());
            return new PasswordAuthentication(LoginProxy.USER, LoginProxy.PASSWORD.toCharArray());
          }
        });
    try (LoginProxy proxy = new LoginProxy(registry.host(), BASIC)) {
      haveAProxy(proxy.port());
      pullPlain();
      assertThat(store.find(PLAIN)).isPresent();
      assertThat(asked).containsExactly("PROXY the way out");
    } finally {
      Authenticator.setDefault(before);
    }
  }

  @Test
  void goesBeforeThisJvmsWithoutItsPassword() throws IOException {
    haveAProxy(1); // where nobody listens
    logIn(LoginProxy.USER, LoginProxy.PASSWORD);
    try (LoginProxy proxy = new LoginProxy(registry.host(), BASIC)) {
      ProxySelector selector =
          ProxySelector.of(InetSocketAddress.createUnresolved("127.0.0.1", proxy.port()));
      assertThatExceptionOfType(ImagePullException.class)
          .isThrownBy(() -> pullBy(selector, null))
          .withMessageContaining("requires a user and a password; none are configured with it");
      assertThat(proxy.passed()).isEmpty();
      pullBy(
          selector, new PasswordAuthentication(LoginProxy.USER, LoginProxy.PASSWORD.toCharArray()));
      assertThat(store.find(PLAIN)).isPresent();
      assertThat(proxy.passed()).hasSize(3);
    }
  }

  private void pullBy(ProxySelector selector, @Nullable PasswordAuthentication login) {
    Authenticator authenticator =
        new Authenticator() {
          @Override
          protected @Nullable PasswordAuthentication getPasswordAuthentication() {
            return login;
          }
        };
    registries(directory, new ProxySettings(Optional.of(selector), Optional.of(authenticator)))
        .pull(PLAIN, store, events);
  }

  @Test
  void saysWhatIsMissingOrWrong() throws IOException {
    try (LoginProxy proxy = new LoginProxy(registry.host(), BASIC)) {
      haveAProxy(proxy.port());
      assertRefuses(
          "the proxy 127.0.0.1:" + proxy.port() + " for http://plain.test/v2/app/",
          "requires a user and a password; set the system properties http.proxyUser and"
              + " http.proxyPassword");
      logIn(LoginProxy.USER, "wrong");
      assertRefuses(" rejects user pat of http.proxyUser");
      assertThat(proxy.passed()).isEmpty();
    }
    try (LoginProxy proxy = new LoginProxy(registry.host(), "Negotiate")) {
      haveAProxy(proxy.port());
      assertRefuses(
          "requires an authentication scheme that is not supported: it offers [negotiate], supported is [basic]");
    }
  }

  /** A JVM that pulls in TLS, through a tunnel: into which store, and with what configuration. */
  static final class Puller {
    private Puller() {}

    public static void main(String[] arguments) {
      Path directory = Path.of(arguments[0]);
      registries(directory, ProxySettings.OF_JVM)
          .pull(
              SECURE,
              new StoredImages(directory.resolve("images"), Limits.DEFAULT),
              PullListener.NONE);
    }
  }

  /** The JDK looks once at what it may tell a proxy that tunnels, so this needs JVMs. */
  @Test
  void tellsATunnelWhoAsksWhereJavaMay() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "ip:127.0.0.1");
    try (RegistryServer tls = RegistryServer.withTls(directory.resolve("registry"), certificate);
        LoginProxy proxy = new LoginProxy(tls.host(), BASIC)) {
      assertThat(pullThroughTunnel(proxy))
          .contains("Java does not send to a proxy that tunnels TLS")
          .contains("start Java with -Djdk.http.auth.tunneling.disabledSchemes=");
      assertThat(proxy.passed()).isEmpty();
      assertThat(pullThroughTunnel(proxy, "-Djdk.http.auth.tunneling.disabledSchemes="))
          .contains("image secure.test/app:latest does not exist in registry secure.test");
      assertThat(proxy.passed()).isNotEmpty().containsOnly("CONNECT secure.test:443 HTTP/1.1");
    }
  }

  private String pullThroughTunnel(LoginProxy proxy, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.add("-Dhttps.proxyHost=127.0.0.1");
    command.add("-Dhttps.proxyPort=" + proxy.port());
    command.add("-Dhttps.proxyUser=" + LoginProxy.USER);
    command.add("-Dhttps.proxyPassword=" + LoginProxy.PASSWORD);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(Puller.class.getName());
    command.add(directory.toString());
    Path said = directory.resolve("said");
    Process puller =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      assertThat(puller.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      puller.destroyForcibly();
    }
    return Files.readString(said, UTF_8);
  }
}

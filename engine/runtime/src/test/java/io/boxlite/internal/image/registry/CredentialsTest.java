package io.boxlite.internal.image.registry;

import static io.boxlite.internal.image.registry.HostileRegistry.reply;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImagePullException;
import io.boxlite.internal.host.settings.RegistrySettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is shown to whom, and where nobody may lead a request. */
class CredentialsTest extends HostileTest {
  private static final byte[] NOTHING = {};
  private static final String ANN = "{\"username\":\"ann\",\"password\":\"secret\"}";

  private HostileRegistry elsewhere;

  @BeforeEach
  void openAnother() throws IOException {
    elsewhere = new HostileRegistry();
  }

  @AfterEach
  void closeTheOther() throws IOException {
    elsewhere.close();
  }

  private void logIn(String entry) throws IOException {
    Files.writeString(
        directory.resolve("config.json"),
        "{\"auths\":{\"" + registry.host() + "\":" + entry + "}}");
  }

  /** Wants a header for what it served before. */
  private void challenge(String challenge, String authorization) {
    byte[] manifest = manifest(config, layer).getBytes(UTF_8);
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> {
          if (request.header("Authorization").equals(Optional.of(authorization))) {
            reply(out, 200, "", manifest);
          } else {
            reply(out, 401, "WWW-Authenticate: " + challenge, NOTHING);
          }
        });
  }

  private String bearer(String realm) {
    return "Bearer realm=\"" + realm + "\",service=\"s p\",scope=\"repository:other:push\"";
  }

  @Test
  void asksAnonymouslyFirst() throws IOException {
    logIn(ANN);
    assertPulls();
    assertThat(registry.requests(""))
        .allMatch(request -> request.header("Authorization").isEmpty());
  }

  @Test
  void showsAPasswordWhenItIsAskedFor() throws IOException {
    challenge("Basic realm=\"r\"", "Basic YW5uOnNlY3JldA==");
    assertRefused(
        ImagePullException.class, "requires a user and a password", "run: docker login 127.0.0.1:");
    logIn(ANN);
    assertPulls();
  }

  @Test
  void getsATokenForEverybody() {
    challenge(bearer(elsewhere.uri("/token")), "Bearer abc");
    elsewhere.on(
        "/token", (request, out) -> reply(out, 200, "", "{\"token\":\"abc\"}".getBytes(UTF_8)));
    assertPulls();
    assertThat(elsewhere.requests("/token"))
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.path())
                  .isEqualTo("/token?service=s+p&scope=repository%3Aapp%3Apull");
              assertThat(request.header("Authorization")).isEmpty();
            });
  }

  @Test
  void getsATokenForAUser() throws IOException {
    logIn(ANN);
    challenge(bearer(elsewhere.uri("/token?a=b")), "Bearer abc");
    elsewhere.on(
        "/token",
        (request, out) -> reply(out, 200, "", "{\"access_token\":\"abc\"}".getBytes(UTF_8)));
    assertPulls();
    assertThat(elsewhere.requests("/token?a=b&service=").get(0).header("Authorization"))
        .contains("Basic YW5uOnNlY3JldA==");
  }

  @Test
  void getsATokenForAnIdentityToken() throws IOException {
    logIn("{\"identitytoken\":\"id&1\"}");
    challenge(bearer(elsewhere.uri("/token")), "Bearer abc");
    elsewhere.on(
        "/token",
        (request, out) -> reply(out, 200, "", "{\"access_token\":\"abc\"}".getBytes(UTF_8)));
    assertPulls();
    HostileRegistry.Request request = elsewhere.requests("/token").get(0);
    assertThat(request.method()).isEqualTo("POST");
    assertThat(request.header("body").orElse(""))
        .contains(
            "grant_type=refresh_token", "refresh_token=id%261", "scope=repository%3Aapp%3Apull");
  }

  @Test
  void saysThatTheUserIsRefused() throws IOException {
    logIn(ANN);
    challenge(bearer(elsewhere.uri("/token")), "Bearer abc");
    elsewhere.on("/token", (request, out) -> reply(out, 401, "", NOTHING));
    assertRefused(ImagePullException.class, "rejects user ann of " + directory, "docker login");
    elsewhere.on(
        "/token", (request, out) -> reply(out, 200, "", "{\"token\":\"no\"}".getBytes(UTF_8)));
    assertRefused(ImagePullException.class, "denies access to app to user ann of " + directory);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "{\"token\":\"a\\r\\nb\"}", "{\"token\":\"\"}", "{\"token\":\"ä\"}"})
  void refusesTokensThatAreNone(String answer) {
    challenge(bearer(elsewhere.uri("/token")), "Bearer abc");
    elsewhere.on("/token", (request, out) -> reply(out, 200, "", answer.getBytes(UTF_8)));
    assertRefused(ImagePullException.class, "the token service of 127.0.0.1:", "token");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc/passwd",
        "http://metadata.test/token",
        "ftp://a.test/",
        "jar:file:x!/y",
        "//a.test/",
        "/token",
        "",
        "not an address",
        "http://user:pass@127.0.0.1/"
      })
  void doesNotGoToAHostileRealm(String realm) throws IOException {
    logIn(ANN);
    challenge(bearer(realm), "Bearer abc");
    assertRefused(ImagePullException.class, "127.0.0.1:");
    assertThat(registry.requests("")).hasSize(1);
  }

  @Test
  void saysThatNoKnownSchemeIsOffered() {
    challenge("Negotiate, Digest realm=\"x\"", "x");
    assertRefused(ImagePullException.class, "it offers [negotiate, digest], supported are");
    challenge("", "x");
    assertRefused(ImagePullException.class, "it offers []");
  }

  @Test
  void leavesCredentialsBehindWhereItIsRedirected() throws IOException {
    logIn(ANN);
    challenge("Basic realm=\"r\"", "Basic YW5uOnNlY3JldA==");
    elsewhere.on("/blob", (request, out) -> reply(out, 200, "", LAYER));
    registry.on(
        blobPath(),
        (request, out) -> reply(out, 307, "Location: " + elsewhere.uri("/blob?x=y"), NOTHING));
    assertPulls();
    assertThat(registry.requests(blobPath()).get(0).header("Authorization")).isPresent();
    assertThat(elsewhere.requests("/blob").get(0).header("Authorization")).isEmpty();
  }

  @Test
  void takesCredentialsAlongWithinTheOrigin() throws IOException {
    logIn(ANN);
    challenge("Basic realm=\"r\"", "Basic YW5uOnNlY3JldA==");
    registry.on("/other", (request, out) -> reply(out, 200, "", LAYER));
    registry.on(blobPath(), (request, out) -> reply(out, 302, "Location: /other", NOTHING));
    assertPulls();
    assertThat(registry.requests("/other").get(0).header("Authorization")).isPresent();
  }

  @Test
  void doesNotGetThemBackFromElsewhere() throws IOException {
    logIn(ANN);
    challenge("Basic realm=\"r\"", "Basic YW5uOnNlY3JldA==");
    registry.on("/other", (request, out) -> reply(out, 200, "", LAYER));
    elsewhere.on(
        "/blob", (request, out) -> reply(out, 302, "Location: " + registry.uri("/other"), NOTHING));
    registry.on(
        blobPath(),
        (request, out) -> reply(out, 302, "Location: " + elsewhere.uri("/blob"), NOTHING));
    assertPulls();
    assertThat(registry.requests("/other").get(0).header("Authorization")).isEmpty();
  }

  @Test
  void doesNotLogInElsewhere() throws IOException {
    logIn(ANN);
    elsewhere.on(
        "/blob", (request, out) -> reply(out, 401, "WWW-Authenticate: Basic realm=x", NOTHING));
    registry.on(
        blobPath(),
        (request, out) -> reply(out, 302, "Location: " + elsewhere.uri("/blob"), NOTHING));
    assertRefused(ImagePullException.class, "HTTP status 401 of " + elsewhere.uri(""));
    assertThat(elsewhere.requests("/blob")).hasSize(1);
  }

  @Test
  void redirectsInACircle() {
    registry.on(blobPath(), (request, out) -> reply(out, 302, "Location: " + blobPath(), NOTHING));
    assertRefused(ImagePullException.class, "redirects more than 5 times");
    assertThat(registry.requests(blobPath())).hasSize(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc/passwd",
        "http://other.test/blob",
        "gopher://x.test/",
        "http://[bad",
        "http:///x",
        "http://ann@127.0.0.1/"
      })
  void doesNotFollowAHostileRedirect(String location) {
    registry.on(blobPath(), (request, out) -> reply(out, 302, "Location: " + location, NOTHING));
    assertRefused(ImagePullException.class, "127.0.0.1:");
    assertThat(registry.requests(blobPath())).hasSize(1);
  }

  @Test
  void letsNobodyOutsideLeadToThisMachineOrToPlainHttp() {
    ConnectionPolicy policy =
        new ConnectionPolicy(new RegistrySettings(List.of(), Set.of("plain.test"), Set.of()));
    for (String to :
        List.of(
            "https://localhost/x",
            "https://127.1.2.3:80/x",
            "https://[::1]/x",
            "https://a.localhost/",
            "http://reg.test/",
            "http://plain.test/")) {
      assertThatExceptionOfType(ImagePullException.class)
          .as(to)
          .isThrownBy(
              () -> policy.check("a redirect", URI.create("https://reg.test/v2/"), URI.create(to)))
          .withMessageContaining("a redirect of reg.test is not followed: it leads to " + to);
    }
    policy.check("a redirect", URI.create("https://reg.test/"), URI.create("https://cdn.test/"));
    policy.check("a redirect", URI.create("http://plain.test/"), URI.create("http://plain.test/x"));
    policy.check(
        "a redirect", URI.create("http://127.0.0.1:1/"), URI.create("http://localhost:2/"));
  }

  @Test
  void speaksPlainHttpToThisMachineAndToWhomTheSettingsNameOnly() {
    ConnectionPolicy policy =
        new ConnectionPolicy(
            new RegistrySettings(List.of(), Set.of("plain.test:5000"), Set.of("[::1]:443")));
    assertThat(policy.scheme("localhost:5000")).isEqualTo("http");
    assertThat(policy.scheme("127.0.0.1")).isEqualTo("http");
    assertThat(policy.scheme("[::1]:5000")).isEqualTo("http");
    assertThat(policy.scheme("[::1]:443")).isEqualTo("https");
    assertThat(policy.scheme("plain.test:5000")).isEqualTo("http");
    assertThat(policy.scheme("plain.test")).isEqualTo("https");
    assertThat(policy.scheme("127.0.0.1.evil.test")).isEqualTo("https");
    assertThat(policy.scheme("localhost.evil.test")).isEqualTo("https");
  }
}

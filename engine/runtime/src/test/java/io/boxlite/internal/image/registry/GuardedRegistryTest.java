package io.boxlite.internal.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImagePullException;
import io.boxlite.PullEvent;
import io.boxlite.TestCertificate;
import io.boxlite.internal.host.settings.ProxySettings;
import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.host.settings.RegistrySettings.Mirror;
import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.store.StoredImages;
import io.boxlite.internal.image.tar.TarBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from the real registry server when it wants to know who asks, and when it speaks TLS. */
class GuardedRegistryTest {
  @TempDir Path directory;
  private StoredImages store;
  private Path config;

  @BeforeEach
  void makeAnImage() throws Exception {
    TestLayout layout =
        new TestLayout(directory.resolve("app")).layer(new TarBuilder().file("a", "x").build());
    layout.index(
        TestLayout.with(
            layout.manifest(), "\"annotations\":{\"org.opencontainers.image.ref.name\":\"x\"}"));
    store = new StoredImages(Files.createDirectory(directory.resolve("images")), Limits.DEFAULT);
    config = directory.resolve("config.json");
  }

  private void fill(RegistryServer registry) {
    registry.push("oci:" + directory.resolve("app") + ":x", "team/app:1");
  }

  private ImageName name(RegistryServer registry) {
    return ImageName.parse(registry.host() + "/team/app:1");
  }

  private void pull(RegistryServer registry, RegistrySettings settings) {
    new Registries(
            settings,
            ProxySettings.OF_JVM,
            new DockerConfig(config, directory.toString()),
            TestTimeouts.SHORT)
        .pull(name(registry), store, new Events());
  }

  private void assertPulls(RegistryServer registry, RegistrySettings settings) {
    pull(registry, settings);
    assertThat(store.find(name(registry))).isPresent();
  }

  private void logIn(RegistryServer registry, String password) throws Exception {
    String auth =
        Base64.getEncoder().encodeToString((RegistryServer.USER + ":" + password).getBytes(UTF_8));
    Files.writeString(
        config, "{\"auths\":{\"" + registry.host() + "\":{\"auth\":\"" + auth + "\"}}}");
  }

  @Test
  void pullsWithTheRightPasswordAlone() throws Exception {
    try (RegistryServer registry = RegistryServer.withPassword(directory.resolve("registry"))) {
      fill(registry);
      assertThatExceptionOfType(ImagePullException.class)
          .isThrownBy(() -> pull(registry, RegistrySettings.DEFAULT))
          .withMessageContaining("requires a user and a password, and " + config + " has none");
      logIn(registry, "wrong");
      assertThatExceptionOfType(ImagePullException.class)
          .isThrownBy(() -> pull(registry, RegistrySettings.DEFAULT))
          .withMessageContaining("denies access to team/app to user ann of " + config);
      assertThat(store.names()).isEmpty();
      logIn(registry, RegistryServer.PASSWORD);
      assertPulls(registry, RegistrySettings.DEFAULT);
    }
  }

  @Test
  void triesAgainWhenATlsHandshakeIsCutOff() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "ip:127.0.0.1");
    try (RegistryServer registry =
            RegistryServer.withTls(directory.resolve("registry"), certificate);
        CuttingRelay relay = new CuttingRelay(registry.host(), 2)) {
      fill(registry);
      ImageName name = ImageName.parse(relay.host() + "/team/app:1");
      Events events = new Events();
      new Registries(
              new RegistrySettings(List.of(), Set.of(), Set.of(relay.host())),
              ProxySettings.OF_JVM,
              new DockerConfig(config, ""),
              TestTimeouts.SHORT)
          .pull(name, store, events);
      assertThat(store.find(name)).isPresent();
      // One of the two the JDK's client may take upon itself.
      assertThat(events.of(PullEvent.Retrying.class)).isNotEmpty();
    }
  }

  @Test
  void saysThatARegistryOnThisMachineSpeaksTls() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "ip:127.0.0.1");
    try (RegistryServer registry =
        RegistryServer.withTls(directory.resolve("registry"), certificate)) {
      assertThatExceptionOfType(ImagePullException.class)
          .isThrownBy(() -> pull(registry, RegistrySettings.DEFAULT))
          .withMessageContaining(
              "if " + registry.host() + " uses TLS, add it to boxlite.registry.insecure");
    }
  }

  @Test
  void pullsWithATokenThatTheRegistryVerifies() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "ip:127.0.0.1");
    try (HostileRegistry tokens = new HostileRegistry();
        RegistryServer registry =
            RegistryServer.withTokens(
                directory.resolve("registry"), tokens.uri("/token"), certificate)) {
      tokens.on(
          "/token",
          (request, out) -> {
            String actions = request.path().contains("push") ? "\"push\",\"pull\"" : "\"pull\"";
            HostileRegistry.reply(
                out,
                200,
                "Content-Type: application/json",
                ("{\"token\":\"" + token(certificate, actions) + "\"}").getBytes(UTF_8));
          });
      fill(registry);
      int before = tokens.requests("/token").size();
      assertPulls(registry, RegistrySettings.DEFAULT);
      assertThat(tokens.requests("/token")).as("one token a pull").hasSize(before + 1);
    }
  }

  /** A JSON Web Token as the registry wants it (distribution, "Token Authentication"). */
  private static String token(TestCertificate certificate, String actions) {
    try {
      long now = Instant.now().getEpochSecond();
      String header =
          "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5c\":[\""
              + Base64.getEncoder().encodeToString(certificate.certificate().getEncoded())
              + "\"]}";
      String claims =
          "{\"iss\":\"test-issuer\",\"sub\":\"\",\"aud\":\"test-registry\",\"exp\":"
              + (now + 600)
              + ",\"nbf\":"
              + (now - 600)
              + ",\"iat\":"
              + now
              + ",\"jti\":\"1\",\"access\":[{\"type\":\"repository\",\"name\":\"team/app\","
              + "\"actions\":["
              + actions
              + "]}]}";
      Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
      String signed =
          encoder.encodeToString(header.getBytes(UTF_8))
              + "."
              + encoder.encodeToString(claims.getBytes(UTF_8));
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(certificate.key());
      signature.update(signed.getBytes(UTF_8));
      return signed + "." + encoder.encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void trustsTheCertificatesThatThisJvmTrusts() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "ip:127.0.0.1");
    try (RegistryServer registry =
        RegistryServer.withTls(directory.resolve("registry"), certificate)) {
      fill(registry);
      RegistrySettings tls =
          new RegistrySettings(
              List.of(new Mirror(registry.host(), "https", registry.host(), "")),
              Set.of(),
              Set.of());
      RegistrySettings insecure =
          new RegistrySettings(List.of(), Set.of(), Set.of(registry.host()));

      assertThatExceptionOfType(ImagePullException.class)
          .as("plain HTTP to a server that speaks TLS")
          .isThrownBy(() -> pull(registry, RegistrySettings.DEFAULT));
      assertThatExceptionOfType(ImagePullException.class)
          .as("a certificate that nobody trusts")
          .isThrownBy(() -> pull(registry, tls))
          .satisfies(
              e ->
                  assertThat(e.getSuppressed()[0])
                      .hasMessageContaining("javax.net.ssl.trustStore")
                      .hasMessageContaining("boxlite.registry.insecure"));
      assertThat(store.names()).isEmpty();

      SSLContext before = SSLContext.getDefault();
      SSLContext.setDefault(certificate.trusting());
      try {
        assertPulls(registry, tls);
      } finally {
        SSLContext.setDefault(before);
      }
      store.remove(name(registry));
      assertPulls(registry, insecure);
    }
  }

  @Test
  void refusesACertificateOfAnotherHostUnlessToldOtherwise() throws Exception {
    TestCertificate certificate = TestCertificate.make(directory, "ip:127.0.0.1");
    try (RegistryServer registry =
        RegistryServer.withTls(directory.resolve("registry"), certificate)) {
      fill(registry);
      String localhost = registry.host().replace("127.0.0.1", "localhost");
      Mirror mirror = new Mirror(registry.host(), "https", localhost, "");
      SSLContext before = SSLContext.getDefault();
      SSLContext.setDefault(certificate.trusting());
      try {
        assertThatExceptionOfType(ImagePullException.class)
            .isThrownBy(
                () -> pull(registry, new RegistrySettings(List.of(mirror), Set.of(), Set.of())));
      } finally {
        SSLContext.setDefault(before);
      }
      assertPulls(registry, new RegistrySettings(List.of(mirror), Set.of(), Set.of("localhost")));
    }
  }
}

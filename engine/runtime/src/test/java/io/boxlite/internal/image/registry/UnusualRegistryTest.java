package io.boxlite.internal.image.registry;

import static io.boxlite.internal.image.registry.HostileRegistry.reply;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.ImagePullException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registries that do no harm, and configurations that are broken. */
class UnusualRegistryTest extends HostileTest {
  private static final byte[] NOTHING = {};
  private static final String ANN = "Basic YW5uOnNlY3JldA==";

  private void configure(String json) throws IOException {
    Files.writeString(directory.resolve("config.json"), json);
  }

  private void logIn() throws IOException {
    configure(
        "{\"auths\":{\"" + registry.host() + "\":{\"username\":\"ann\",\"password\":\"secret\"}}}");
  }

  /** Hides the manifest from strangers, and challenges them at the root of the API only. */
  private void hide(int status) {
    byte[] manifest = manifest(config, layer).getBytes(UTF_8);
    registry.on(
        "/v2/", (request, out) -> reply(out, 401, "WWW-Authenticate: Basic realm=\"r\"", NOTHING));
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> {
          boolean known = request.header("Authorization").equals(Optional.of(ANN));
          reply(out, known ? 200 : status, "", known ? manifest : NOTHING);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 404})
  void asksAtTheRootWhereStrangersSeeNothing(int status) throws IOException {
    hide(status);
    logIn();
    assertPulls();
    assertThat(registry.requests("/v2/").stream().filter(r -> r.path().equals("/v2/"))).hasSize(1);
  }

  @Test
  void doesNotAskThereWithoutCredentials() {
    hide(404);
    assertRefused(ImageNotFoundException.class, "does not exist in registry");
    assertThat(registry.requests("/v2/")).noneMatch(r -> r.path().equals("/v2/"));
    hide(403);
    assertRefused(
        ImagePullException.class, "denies access to app to anonymous users", "(HTTP status 403)");
  }

  @Test
  void findsNothingWhereTheCredentialsDoNotHelp() throws IOException {
    hide(404);
    logIn();
    registry.on("/v2/app/manifests/latest", (request, out) -> reply(out, 404, "", NOTHING));
    assertRefused(ImageNotFoundException.class, "does not exist in registry");
    assertThat(registry.requests("/v2/app/manifests/latest")).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{", "[]", "{\"credsStore\":\"missing\"}", "{\"credsStore\":\"a b\"}"})
  void asksAnonymouslyWhereTheConfigurationIsBroken(String json) throws IOException {
    configure(json);
    byte[] manifest = manifest(config, layer).getBytes(UTF_8);
    registry.on(
        "/token", (request, out) -> reply(out, 200, "", "{\"token\":\"abc\"}".getBytes(UTF_8)));
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> {
          if (request.header("Authorization").equals(Optional.of("Bearer abc"))) {
            reply(out, 200, "", manifest);
          } else {
            String realm = registry.uri("/token");
            reply(out, 401, "WWW-Authenticate: Bearer realm=\"" + realm + "\"", NOTHING);
          }
        });
    assertPulls();
    assertThat(registry.requests("/token").get(0).header("Authorization")).isEmpty();
  }

  @Test
  void namesBothWhereTheRegistryThenRefuses() throws IOException {
    configure("{\"credsStore\":\"missing\"}");
    String problem = "docker-credential-missing cannot be run";
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> reply(out, 401, "WWW-Authenticate: Basic realm=\"r\"", NOTHING));
    assertRefused(ImagePullException.class, "requires a user and a password", problem);
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) ->
            reply(
                out,
                401,
                "WWW-Authenticate: Bearer realm=\"" + registry.uri("/token") + "\"",
                NOTHING));
    registry.on("/token", (request, out) -> reply(out, 401, "", NOTHING));
    assertRefused(ImagePullException.class, "rejects anonymous users", problem);
    registry.on("/v2/app/manifests/latest", (request, out) -> reply(out, 404, "", NOTHING));
    assertRefused(ImageNotFoundException.class, "does not exist in registry", problem);
  }

  @Test
  void followsAddressesThatBrowsersFollow() {
    registry.on("/a%20b", (request, out) -> reply(out, 200, "", LAYER));
    registry.on(
        blobPath(),
        (request, out) ->
            reply(
                out, 307, "Location: " + registry.uri("/x/../a b/{c}|d?e=[f] g&h=%zz#i"), NOTHING));
    assertPulls();
    assertThat(registry.requests("/a"))
        .singleElement()
        .satisfies(
            request ->
                assertThat(request.path()).isEqualTo("/a%20b/%7Bc%7D%7Cd?e=[f]%20g&h=%25zz"));
  }

  @Test
  void saysThatAnAnswerIsAPage() {
    byte[] page = "<!DOCTYPE html>\n<html>Please log in".getBytes(UTF_8);
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> reply(out, 200, "Content-Type: text/html", page));
    assertRefused(
        ImageIntegrityException.class,
        "it is HTML or XML, possibly the page of a proxy or a login");
  }

  @Test
  void saysThatAServerOnThisMachineMaySpeakTls() {
    String hint = "if " + registry.host() + " uses TLS, add it to boxlite.registry.insecure";
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) ->
            reply(
                out, 400, "", "Client sent an HTTP request to an HTTPS server.\n".getBytes(UTF_8)));
    assertRefused(ImagePullException.class, "HTTP status 400", hint);
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> out.write(new byte[] {21, 3, 1, 0, 2, 2, 70}));
    assertRefused(ImagePullException.class, "the answer is not HTTP", hint);
    registry.on("/v2/app/manifests/latest", (request, out) -> {});
    assertRefused(ImagePullException.class, "the connection ended without an answer", hint);
  }

  @Test
  void refusesAChart() {
    String chart =
        descriptor(
            "application/vnd.cncf.helm.config.v1+json", registry.blob("{}".getBytes(UTF_8)), 2);
    serve(manifest(chart, layer));
    assertRefused(
        ImageNotFoundException.class,
        "app:latest is not a container image: its configuration is of type"
            + " application/vnd.cncf.helm.config.v1+json");
    assertThat(registry.requests(blobPath())).isEmpty();
  }
}

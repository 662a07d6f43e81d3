package io.boxlite.internal.image.registry;

import static io.boxlite.internal.image.registry.HostileRegistry.head;
import static io.boxlite.internal.image.registry.HostileRegistry.reply;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.ImagePullException;
import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.source.Descriptor;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registries that send what they should not: each a clear error, in bounded time and space. */
class HostileRegistryTest extends HostileTest {
  @Test
  void theImageThatIsSpoiledBelowIsGood() {
    assertPulls();
  }

  @Test
  void aBlobOfAnotherDigest() {
    byte[] other = LAYER.clone();
    other[1000] ^= 1;
    registry.on(blobPath(), (request, out) -> HostileRegistry.ranged(request, out, other));
    assertRefused(
        ImageIntegrityException.class,
        "layer 1 of 1 of image " + registry.host() + "/app:latest",
        "is damaged: its digest is " + Digest.of(other) + ", expected " + Digest.of(LAYER));
    assertThat(registry.requests(blobPath())).as("not asked for again").hasSize(1);
  }

  @Test
  void aManifestOfAnotherDigest() {
    String other = manifest(config) + " ";
    registry.manifest("latest", Descriptor.MANIFEST, other.getBytes(UTF_8));
    registry.on(
        "/v2/app/manifests/sha256:",
        (request, out) ->
            reply(out, 200, "Content-Type: " + Descriptor.MANIFEST, other.getBytes(UTF_8)));
    String wanted = "sha256:" + "1".repeat(64);
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> pull("app@" + wanted))
        .withMessageContaining("its digest is " + Digest.of(other.getBytes(UTF_8)))
        .withMessageContaining("expected " + wanted);
  }

  @Test
  void aManifestThatIsNotWhatTheRegistrySaysItIs() {
    byte[] bytes = manifest(config, layer).getBytes(UTF_8);
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) ->
            reply(out, 200, "Docker-Content-Digest: sha256:" + "2".repeat(64), bytes));
    assertRefused(ImageIntegrityException.class, "the registry says it is sha256:222");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1_000_000})
  void aBodyThatIsShorterThanItsContentLength(int length) {
    registry.on(
        blobPath(),
        (request, out) -> {
          head(out, 200, "Content-Length: " + LAYER.length);
          out.write(LAYER, 0, length);
        });
    assertRefused(
        ImagePullException.class, "layer 1 of 1 of image", "cannot be pulled after 3 attempts");
  }

  @Test
  void aBodyThatIsShorterThanItsDescriptor() {
    registry.on(
        blobPath(), (request, out) -> reply(out, 200, "", Arrays.copyOf(LAYER, LAYER.length - 1)));
    assertRefused(
        ImageIntegrityException.class,
        "is sent with " + (LAYER.length - 1) + " bytes, but its descriptor leaves " + LAYER.length);
  }

  @Test
  void aBodyWithoutEnd() {
    registry.on(
        blobPath(),
        (request, out) -> {
          head(out, 200);
          out.write(LAYER);
          endless(out, new byte[1 << 16]);
        });
    assertRefused(
        ImageIntegrityException.class,
        "has more than the " + LAYER.length + " bytes that its descriptor specifies");
  }

  private static void endless(OutputStream out, byte[] bytes) throws IOException {
    for (int i = 0; i < 100_000; i++) {
      out.write(bytes);
    }
  }

  @Test
  void aContentLengthThatIsNoNumber() {
    registry.on(
        blobPath(),
        (request, out) -> {
          head(out, 200, "Content-Length: many");
          out.write(LAYER);
        });
    assertRefused(ImagePullException.class, "cannot be pulled after 3 attempts");
  }

  @Test
  void chunksThatAreNone() {
    registry.on(
        blobPath(),
        (request, out) -> {
          head(out, 200, "Transfer-Encoding: chunked");
          out.write("zzzz\r\n".getBytes(UTF_8));
          out.write(LAYER);
        });
    assertRefused(ImagePullException.class, "cannot be pulled after 3 attempts");
  }

  @Test
  void headersWithoutEnd() {
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> {
          out.write("HTTP/1.1 200 OK\r\n".getBytes(UTF_8));
          for (int i = 0; i < 1_000_000; i++) {
            out.write(("X-" + i + ": " + "a".repeat(1000) + "\r\n").getBytes(UTF_8));
          }
        });
    assertRefused(ImagePullException.class, "image " + registry.host() + "/app:latest cannot be");
  }

  @Test
  void aManifestThatIsTooLarge() {
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> {
          head(out, 200, "Content-Type: " + Descriptor.MANIFEST);
          endless(out, " ".repeat(1 << 16).getBytes(UTF_8));
        });
    assertRefused(ImageIntegrityException.class, "a JSON document of an image has at most");
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> head(out, 200, "Content-Length: 99999999999"));
    assertRefused(ImageIntegrityException.class, "has 99999999999 bytes");
  }

  @Test
  void aConfigurationThatIsTooLarge() {
    serve(manifest(descriptor(Descriptor.CONFIG, "sha256:" + "3".repeat(64), 1L << 40), layer));
    assertRefused(ImageIntegrityException.class, "the size of its configuration is 1099511627776");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, 1L << 50, Long.MAX_VALUE})
  void aLayerOfAnImpossibleSize(long size) {
    serve(manifest(config, descriptor("x", Digest.of(LAYER).toString(), size)));
    assertRefused(ImageIntegrityException.class, "the size of a layer is " + size);
  }

  @Test
  void aLayerThatTheDiskHasNoRoomFor() {
    // As much as is allowed, several times over, is more than any disk of a test has.
    serve(
        manifest(
            config
                .replaceAll("sha256:[0-9a-f]+", registry.blob(configWithLayers(900)))
                .replaceAll("\"size\":[0-9]+", "\"size\":" + configWithLayers(900).length),
            layers(900)));
    assertRefused(BoxliteException.class, "needs another", "MiB left");
  }

  private static byte[] configWithLayers(int count) {
    return ("{\"rootfs\":{\"diff_ids\":["
            + String.join(",", Collections.nCopies(count, "\"sha256:" + "0".repeat(64) + "\""))
            + "]}}")
        .getBytes(UTF_8);
  }

  private static String[] layers(int count) {
    String[] layers = new String[count];
    for (int i = 0; i < count; i++) {
      layers[i] = descriptor("x", String.format("sha256:%064d", i), 60L << 30);
    }
    return layers;
  }

  @Test
  void layersWithoutNumber() {
    serve(manifest(config, layers(1001)));
    assertRefused(ImageIntegrityException.class, "the number of its layers is 1001");
  }

  @Test
  void indexesOneInTheOther() {
    String inner = "{\"schemaVersion\":2,\"manifests\":[]}";
    for (int level = 0; level < 6; level++) {
      byte[] bytes = inner.getBytes(UTF_8);
      String digest = registry.manifest("latest", Descriptor.INDEX, bytes);
      inner = TestLayout.indexJson(descriptor(Descriptor.INDEX, digest, bytes.length));
    }
    assertRefused(ImageIntegrityException.class, "has more than 4 nested indexes");
  }

  @Test
  void anIndexThatAnswersForAllItNames() {
    String self = descriptor(Descriptor.INDEX, "sha256:" + "4".repeat(64), 999);
    byte[] bytes = TestLayout.indexJson(self).getBytes(UTF_8);
    registry.manifest("latest", Descriptor.INDEX, bytes);
    registry.on(
        "/v2/app/manifests/",
        (request, out) -> reply(out, 200, "Content-Type: " + Descriptor.INDEX, bytes));
    assertRefused(ImageIntegrityException.class, "manifest sha256:444");
  }

  @Test
  void anIndexWithoutAnImageForBoxes() {
    byte[] bytes =
        TestLayout.indexJson(
                TestLayout.with(
                    descriptor(Descriptor.MANIFEST, "sha256:" + "5".repeat(64), 1),
                    "\"platform\":{\"os\":\"plan9\",\"architecture\":\"mips\"}"))
            .getBytes(UTF_8);
    registry.manifest("latest", Descriptor.INDEX, bytes);
    assertRefused(
        ImageNotFoundException.class, "there is no image for linux/amd64; there are plan9/mips");
  }

  @Test
  void aDocumentThatIsTwoThingsAtOnce() {
    String both = manifest(config, layer).replaceAll("}$", ",\"manifests\":[]}");
    for (String type : new String[] {Descriptor.MANIFEST, Descriptor.INDEX, "text/plain"}) {
      registry.manifest("latest", type, both.getBytes(UTF_8));
      assertRefused(ImageIntegrityException.class, "is both an index and a manifest");
    }
  }

  @Test
  void aDocumentThatIsSaidToBeAnother() {
    byte[] manifest = manifest(config, layer).getBytes(UTF_8);
    registry.manifest("latest", Descriptor.INDEX, manifest);
    assertRefused(ImageIntegrityException.class, "is declared as " + Descriptor.INDEX);
    registry.manifest("latest", "application/vnd.oci.image.config.v1+json", manifest);
    assertRefused(ImageIntegrityException.class, "but it is a manifest");
    byte[] other =
        manifest(config, layer)
            .replaceFirst("\\{", "{\"mediaType\":\"" + Descriptor.INDEX + "\",")
            .getBytes(UTF_8);
    registry.manifest("latest", Descriptor.MANIFEST, other);
    assertRefused(ImageIntegrityException.class, "is declared as " + Descriptor.INDEX);
    byte[] index =
        TestLayout.indexJson(
                descriptor(Descriptor.INDEX, Digest.of(manifest).toString(), manifest.length))
            .getBytes(UTF_8);
    registry.manifest("", Descriptor.MANIFEST, manifest);
    registry.manifest("latest", Descriptor.INDEX, index);
    assertRefused(ImageIntegrityException.class, "is declared as " + Descriptor.INDEX);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "[]", "null", "{\"schemaVersion\":1,\"fsLayers\":[]}", "<html>", ""})
  void aDocumentThatIsNoManifest(String text) {
    registry.manifest("latest", "application/json", text.getBytes(UTF_8));
    assertRefused(ImageIntegrityException.class, "image " + registry.host() + "/app:latest");
  }

  @Test
  void aManifestWithoutAnyTypeIsTakenForWhatItIs() {
    registry.manifest("latest", "application/json", manifest(config, layer).getBytes(UTF_8));
    assertPulls();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sha256:../../x",
        "sha256:..%2f..%2fx",
        "sha256:abc",
        "sha512:00",
        "sha256:ABCDEF",
        "/etc/passwd",
        ""
      })
  void digestsThatAreNone(String digest) {
    serve(manifest(config, descriptor("x", digest, 5)));
    assertRefused(ImageIntegrityException.class, "has the digest \"" + digest + "\"; it must be");
    serve(manifest(descriptor(Descriptor.CONFIG, digest, 5), layer));
    assertRefused(ImageIntegrityException.class, "has the digest \"" + digest + "\"; it must be");
    registry.manifest(
        "latest",
        Descriptor.INDEX,
        TestLayout.indexJson(descriptor(Descriptor.MANIFEST, digest, 5)).getBytes(UTF_8));
    assertRefused(ImageIntegrityException.class, "has the digest \"" + digest + "\"; it must be");
  }

  @Test
  void addressesOfForeignLayersAreNotFollowed() throws IOException {
    try (HostileRegistry elsewhere = new HostileRegistry()) {
      String foreign =
          layer("\"urls\":[\"" + elsewhere.uri("/layer") + "\",\"file:///etc/passwd\"]");
      serve(manifest(config, foreign));
      registry.on(blobPath(), (request, out) -> reply(out, 404, "", new byte[0]));
      assertRefused(ImagePullException.class, "does not exist in registry " + registry.host());
      assertThat(elsewhere.requests("")).isEmpty();
    }
  }
}

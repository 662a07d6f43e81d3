package io.boxlite.internal.image.source;

import static io.boxlite.internal.image.TestLayout.indexJson;
import static io.boxlite.internal.image.TestLayout.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.image.HostTool;
import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OciLayoutTest {
  private static final String AMD64 = "\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}";
  private static final String ARM64 = "\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}";
  private static final String UNKNOWN =
      "\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}";
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";

  @TempDir Path directory;
  @TempDir Path elsewhere;

  private TestLayout layout;

  @BeforeEach
  void startLayout() {
    layout = new TestLayout(directory).layer(new TarBuilder().file("a", "x").build());
  }

  @Test
  void findsTheOnlyImage() {
    layout.execution("{\"Env\":[\"A=1\"]}").index(layout.manifest());
    SourceImage image = find(null);
    assertThat(image.layers()).hasSize(1);
    assertThat(image.digest()).isEqualTo(image.manifest().orElseThrow().digest());
    assertThat(image.configFile().config().env()).containsExactly("A=1");
  }

  @Test
  void findsImagesByTheirNames() {
    String first = with(layout.manifest(), named("app:1"));
    layout.execution("{\"User\":\"other\"}");
    String second = with(layout.manifest(), named("app:2"));
    layout.index(first, second);
    assertThat(first).contains(find("app:1").digest().hex());
    assertThat(second).contains(find("app:2").digest().hex());
    assertNotFound(null, "several images; specify one of app:1, app:2");
    assertNotFound("app:3", "no image of that name; it has app:1, app:2");
  }

  @Test
  void findsThePlatformOfBoxesInNestedIndexes() {
    String arm = with(layout.execution("{\"User\":\"arm\"}").manifest(), ARM64);
    String amd = with(layout.execution("{\"User\":\"amd\"}").manifest(), AMD64);
    String attestation = with(layout.blob("application/x", "{}"), UNKNOWN);
    String inner = layout.blob(INDEX, indexJson(arm, attestation, amd));
    String outer = layout.blob(INDEX, indexJson(inner));
    layout.index(with(outer, named("multi")));
    assertThat(find("multi").configFile().config().user()).isEqualTo("amd");
  }

  @Test
  void saysForWhichPlatformsThereAreImages() {
    layout.index(with(layout.manifest(), ARM64), with(layout.manifest(), UNKNOWN));
    assertNotFound(null, "no image for linux/amd64; there are linux/arm64, unknown/unknown");
    layout.index(layout.manifest("{\"os\":\"linux\",\"architecture\":\"riscv64\"}"));
    assertNotFound(null, "is for linux/riscv64; boxes run images for linux/amd64");
  }

  @Test
  void refusesIndexesThatAreNestedTooDeep() {
    String descriptor = layout.blob(INDEX, indexJson(layout.manifest()));
    for (int i = 0; i < 5; i++) {
      descriptor = layout.blob(INDEX, indexJson(descriptor));
    }
    layout.index(descriptor);
    assertDamaged("more than 4 nested indexes");
  }

  @Test
  void saysWhatIsNotThere() {
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> new OciLayout(directory.resolve("missing"), "oci:missing").find(null))
        .withMessageContaining(
            "oci:missing: there is no directory " + directory.resolve("missing"));
    assertNotFound(null, "no index.json, so it is not an OCI image layout");
    layout.index();
    assertNotFound(null, "the layout has no images");
  }

  @Test
  void saysWhichBlobIsMissing() throws IOException {
    layout.index(layout.manifest());
    SourceImage image = find(null);
    Path config = layout.blobFile(image.config().orElseThrow().digest());
    Files.delete(config);
    assertDamaged("configuration sha256:", "is missing: there is no file " + config);
    Path manifest = layout.blobFile(image.digest());
    Files.delete(manifest);
    assertDamaged("manifest sha256:", "is missing: there is no file " + manifest);
  }

  @Test
  void verifiesDocumentsBeforeItBelievesThem() throws IOException {
    layout.index(layout.manifest());
    Digest manifest = find(null).digest();
    Path blob = layout.blobFile(manifest);
    String json = Files.readString(blob);
    Files.writeString(blob, json.replace("\"schemaVersion\":2", "\"schemaVersion\":3"));
    assertDamaged("manifest " + manifest, "its digest is sha256:", "expected " + manifest);
    Files.writeString(blob, json.substring(1));
    assertDamaged(
        "is truncated: it has " + (json.length() - 1) + " bytes, but its descriptor specifies");
    Files.writeString(blob, json + " ");
    assertDamaged("more than the " + json.length() + " bytes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "null",
        "[]",
        "{\"manifests\":[null]}",
        "{\"manifests\":3}",
        "{\"manifests\":[{\"digest\":\"sha256:../../etc/passwd\",\"size\":3}]}",
        "{\"manifests\":[{\"digest\":\"sha512:00\",\"size\":3}]}",
        "{\"manifests\":[{\"size\":3}]}",
        "{} {}"
      })
  void refusesAnIndexThatMakesNoSense(String index) throws IOException {
    Files.writeString(directory.resolve("index.json"), index);
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> find(null))
        .withMessageContaining("oci:test");
  }

  @Test
  void refusesJsonThatNestsWithoutEnd() throws IOException {
    Files.writeString(directory.resolve("index.json"), "{\"a\":" + "[".repeat(100_000));
    assertDamaged("index.json of oci:test is not valid");
  }

  @Test
  void refusesHugeDocuments() throws IOException {
    Files.writeString(directory.resolve("index.json"), " ".repeat(9 << 20));
    assertDamaged("index.json of oci:test has");
  }

  @Test
  void wantsADiffIdForEachLayer() {
    layout.index(layout.manifest("{\"rootfs\":{\"diff_ids\":[]}}"));
    assertDamaged("0 entries in rootfs.diff_ids, but the manifest has 1 layers");
  }

  @Test
  void readsWhatSkopeoWrote() throws IOException {
    layout.index(with(layout.manifest(), named("app")));
    Path copy = elsewhere.resolve("copy");
    HostTool.run("skopeo", "copy", "-q", "oci:" + directory + ":app", "oci:" + copy + ":copied");
    assertThat(new OciLayout(copy, "oci:copy").find("copied").digest())
        .isEqualTo(find("app").digest());
  }

  private static String named(String name) {
    return "\"annotations\":{\"org.opencontainers.image.ref.name\":\"" + name + "\"}";
  }

  private SourceImage find(@Nullable String tag) {
    return new OciLayout(directory, "oci:test").find(tag);
  }

  private void assertNotFound(@Nullable String tag, String message) {
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> find(tag))
        .withMessageStartingWith("oci:test")
        .withMessageContaining(message);
  }

  private void assertDamaged(String... messages) {
    var thrown =
        assertThatExceptionOfType(ImageIntegrityException.class)
            .isThrownBy(() -> find(null))
            .withMessageContaining("oci:test");
    for (String message : messages) {
      thrown.withMessageContaining(message);
    }
  }
}

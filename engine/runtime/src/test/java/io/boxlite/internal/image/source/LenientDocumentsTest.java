package io.boxlite.internal.image.source;

import static io.boxlite.internal.image.TestLayout.with;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.tar.TarBuilder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents as other tools write them, which Go's decoder and Docker's structures take. */
class LenientDocumentsTest {
  private static final byte[] LAYER = new TarBuilder().file("a", "x").build();
  private static final String ROOTFS = "\"rootfs\":{\"diff_ids\":[\"" + Digest.of(LAYER) + "\"]}";

  @TempDir Path directory;

  private TestLayout layout;

  @BeforeEach
  void startLayout() {
    layout = new TestLayout(directory).layer(LAYER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"OS\":\"linux\",\"Architecture\":\"amd64\",\"Config\":{\"cmd\":[\"sh\"]}",
        "\"os\":\"Linux\",\"architecture\":\"x86_64\",\"config\":{\"CMD\":\"sh\"}",
        "\"os\":null,\"architecture\":\"x86-64\",\"config\":{\"Cmd\":[\"sh\"],\"Env\":null}",
        "\"os\":\"\",\"architecture\":\"AMD64\",\"config\":{\"Cmd\":\"sh\",\"User\":null}",
        "\"config\":{\"Cmd\":[\"sh\"],\"Entrypoint\":null,\"Volumes\":null,\"Labels\":{\"a\":null}}"
      })
  void readsConfigurations(String fields) {
    layout.index(layout.manifest("{" + fields + "," + ROOTFS + "}"));
    SourceImage image = find(null);
    assertThat(image.layers()).hasSize(1);
    assertThat(image.configFile().config().cmd()).containsExactly("sh");
  }

  @Test
  void readsNullsInLists() {
    layout.index(
        layout.manifest(
            "{\"config\":{\"Env\":[null,\"A=1\"],\"Cmd\":[\"sh\",null]}," + ROOTFS + "}"));
    ConfigFile.Execution config = find(null).configFile().config();
    assertThat(config.env()).containsExactly("", "A=1");
    assertThat(config.cmd()).containsExactly("sh", "");
    layout.index("null", layout.manifest("{" + ROOTFS + "}"), "null");
    assertThat(find(null).layers()).hasSize(1);
  }

  @Test
  void readsBytesThatAreNoText() {
    byte[] config =
        ("{\"author\":\"Mühe\",\"config\":{\"Cmd\":[\"sh\"]}," + ROOTFS + "}").getBytes(ISO_8859_1);
    String manifest =
        "{\"config\":" + layout.blob(Descriptor.CONFIG, config) + ",\"layers\":[" + layer() + "]}";
    layout.index(layout.blob(Descriptor.MANIFEST, manifest));
    assertThat(find(null).configFile().config().cmd()).containsExactly("sh");
  }

  @Test
  void readsDescriptorsWithoutATypeAndNamesInAnotherCase() {
    String manifest = layout.manifest().replaceAll("\"mediaType\":\"[^\"]*\",", "");
    String index =
        layout.blob(
            "",
            "{\"Manifests\":["
                + with(manifest, "\"Platform\":{\"OS\":\"linux\",\"Architecture\":\"x86_64\"}")
                + "]}");
    layout.index(index.replace("\"mediaType\":\"\",", "").replace("digest", "Digest"));
    assertThat(find(null).layers()).hasSize(1);
  }

  @Test
  void leavesOutWhatIsNoImage() {
    String chart = with(artifact("application/vnd.cncf.helm.config.v1+json"), named("chart"));
    String signature =
        with(image("application/vnd.dev.cosign.simplesigning.v1+json"), named("sig"));
    String bare =
        with(
            layout.blob("application/vnd.oci.image.manifest.v1+json", "{}"),
            "\"artifactType\":\"application/x\"");
    layout.index(chart, signature, bare, with(layout.manifest(), named("app")));
    assertThat(find(null).layers()).hasSize(1);
    assertNotFound(
        "chart",
        "oci:test is not a container image: its configuration is of type"
            + " application/vnd.cncf.helm.config.v1+json");
    assertNotFound(
        "sig",
        "oci:test is not a container image: it has a layer of type"
            + " application/vnd.dev.cosign.simplesigning.v1+json");
    layout.index(chart);
    assertNotFound(null, "is not a container image");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
        "application/octet-stream",
        ""
      })
  void takesEveryTypeThatLayersHave(String type) {
    layout.index(image(type));
    assertThat(find(null).layers()).hasSize(1);
  }

  @Test
  void saysInItsOwnWordsWhatIsWrongWithADocument() {
    assertThat(reason("<!DOCTYPE html><html>"))
        .isEqualTo("it is HTML or XML, possibly the page of a proxy or a login");
    assertThat(reason(" \n")).isEqualTo("it is empty");
    assertThat(reason("{\n  \"layers\": [")).startsWith("the JSON is truncated, at line 2");
    assertThat(reason("{\n  \"layers\": secret"))
        .startsWith("the JSON is malformed, at line 2, column ");
    assertThat(reason("[1,2]")).isEqualTo("the JSON has the wrong type");
    assertThat(reason("{\"layers\":[{},{\"size\":\"secret\"}]}"))
        .isEqualTo("its field layers[1].size has a value of the wrong type");
  }

  private static String reason(String json) {
    String start = "x is not valid: ";
    try {
      new Document("x", json.getBytes(UTF_8)).parse(Manifest.class);
    } catch (ImageIntegrityException e) {
      assertThat(e).hasMessageStartingWith(start).hasMessageNotContaining("secret");
      return String.valueOf(e.getMessage()).substring(start.length());
    }
    throw new AssertionError(json + " was taken");
  }

  private String artifact(String configType) {
    return layout.blob(
        Descriptor.MANIFEST,
        "{\"config\":" + layout.blob(configType, "{}") + ",\"layers\":[" + layer() + "]}");
  }

  private String image(String layerType) {
    String layer =
        layer().replaceAll("\"mediaType\":\"[^\"]*\"", "\"mediaType\":\"" + layerType + "\"");
    return layout.blob(
        Descriptor.MANIFEST,
        "{\"config\":"
            + layout.blob(Descriptor.CONFIG, "{" + ROOTFS + "}")
            + ",\"layers\":["
            + layer
            + "]}");
  }

  private String layer() {
    return layout.blob("application/vnd.oci.image.layer.v1.tar", LAYER);
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
        .withMessageContaining(message);
  }
}

package io.boxlite.internal.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.settings.ProxySettings;
import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.source.Descriptor;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.store.StoredImages;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests with a {@link HostileRegistry} share: a good image, of which each spoils a part. */
abstract class HostileTest {
  static final byte[] LAYER = layer();

  @TempDir Path directory;

  final Events events = new Events();
  HostileRegistry registry;
  RegistryTimeouts timeout = TestTimeouts.SHORT;
  RegistrySettings settings = RegistrySettings.DEFAULT;
  StoredImages store;
  String config = "";
  String layer = "";

  private static byte[] layer() {
    byte[] noise = new byte[2_000_000];
    new Random(1).nextBytes(noise);
    return TestLayout.gzip(new TarBuilder().file("noise", noise).build());
  }

  @BeforeEach
  void serveAGoodImage() throws IOException {
    registry = new HostileRegistry();
    store = new StoredImages(Files.createDirectory(directory.resolve("images")), Limits.DEFAULT);
    byte[] configuration =
        ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\","
                + "\"diff_ids\":[\"sha256:"
                + "0".repeat(64)
                + "\"]}}")
            .getBytes(UTF_8);
    config = descriptor(Descriptor.CONFIG, registry.blob(configuration), configuration.length);
    layer = layer("");
    registry.blob(LAYER);
    serve(manifest(config, layer));
  }

  static String layer(String moreFields) {
    String plain =
        descriptor(
            "application/vnd.oci.image.layer.v1.tar+gzip",
            Digest.of(LAYER).toString(),
            LAYER.length);
    return moreFields.isEmpty() ? plain : TestLayout.with(plain, moreFields);
  }

  static String descriptor(String mediaType, String digest, long size) {
    return "{\"mediaType\":\""
        + mediaType
        + "\",\"digest\":\""
        + digest
        + "\",\"size\":"
        + size
        + "}";
  }

  static String manifest(String config, String... layers) {
    return "{\"schemaVersion\":2,\"config\":"
        + config
        + ",\"layers\":["
        + String.join(",", layers)
        + "]}";
  }

  String serve(String manifest) {
    return registry.manifest("latest", Descriptor.MANIFEST, manifest.getBytes(UTF_8));
  }

  static String blobPath() {
    return "/v2/app/blobs/" + Digest.of(LAYER);
  }

  void pull() {
    pull("app");
  }

  void pull(String name) {
    new Registries(
            settings,
            ProxySettings.OF_JVM,
            new DockerConfig(directory.resolve("config.json"), ""),
            timeout)
        .pull(ImageName.parse(registry.host() + "/" + name), store, events);
  }

  void assertPulls() {
    pull();
    assertThat(store.find(ImageName.parse(registry.host() + "/app"))).isPresent();
  }

  void assertRefused(Class<? extends BoxliteException> type, String... messages) {
    assertThatExceptionOfType(type)
        .isThrownBy(this::pull)
        .satisfies(
            e -> {
              for (String message : messages) {
                assertThat(e).hasMessageContaining(message);
              }
            });
    assertThat(store.names()).isEmpty();
  }

  @AfterEach
  void nothingIsLeftRunningAndLittleOnTheDisk() throws IOException {
    registry.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("boxlite-pull"));
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> all = files.filter(Files::isRegularFile).toList();
      assertThat(all).noneMatch(file -> file.toString().endsWith(".lock"));
      long size = 0;
      for (Path file : all) {
        size += Files.size(file);
      }
      assertThat(size).isLessThanOrEqualTo(LAYER.length + 100_000L);
    }
  }
}

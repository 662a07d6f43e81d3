package io.boxlite.internal.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.boxlite.ImageInfo;
import io.boxlite.ImageNotFoundException;
import io.boxlite.ImagePullException;
import io.boxlite.PullEvent;
import io.boxlite.PullListener;
import io.boxlite.PullPolicy;
import io.boxlite.internal.host.settings.ProxySettings;
import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.host.settings.RegistrySettings.Mirror;
import io.boxlite.internal.image.HostTool;
import io.boxlite.internal.image.ImageStore;
import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.erofs.ErofsReader;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.store.StoredImages;
import io.boxlite.internal.image.tar.TarBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from the real registry server, which skopeo has filled. */
class RegistryPullTest {
  private static final byte[] BASE = noise("base", 3_000_000);

  @TempDir static Path shared;
  private static RegistryServer registry;

  @TempDir Path directory;
  private Path home;
  private ImageStore store;

  @BeforeAll
  static void startRegistry() throws Exception {
    registry = RegistryServer.open(shared.resolve("registry"));
    image(shared.resolve("app"), "upper").index(annotated(image(shared.resolve("app"), "upper")));
    registry.push("oci:" + shared.resolve("app") + ":x", "team/app:1.0");
    registry.push("oci:" + shared.resolve("app") + ":x", "team/docker:1", "--format", "v2s2");
  }

  @AfterAll
  static void stopRegistry() {
    registry.close();
  }

  @BeforeEach
  void openStore() {
    home = directory.resolve("home");
    store = store(RegistrySettings.DEFAULT);
  }

  private ImageStore store(RegistrySettings settings) {
    return ImageStore.open(home, settings, ProxySettings.OF_JVM, () -> {});
  }

  private static byte[] noise(String name, int size) {
    byte[] noise = new byte[size];
    new Random(name.hashCode()).nextBytes(noise);
    return new TarBuilder().file(name, noise).build();
  }

  private static TestLayout image(Path layout, String content) {
    return new TestLayout(layout)
        .layer(BASE)
        .layer(new TarBuilder().file("content", content).build())
        .execution("{\"User\":\"" + content + "\"}");
  }

  private static String annotated(TestLayout image) {
    return TestLayout.with(
        image.manifest(), "\"annotations\":{\"org.opencontainers.image.ref.name\":\"x\"}");
  }

  private static String at(String name) {
    return registry.host() + "/" + name;
  }

  private String content(String reference, PullPolicy policy) {
    try (ErofsReader root = new ErofsReader(store.rootImage(reference, policy).file())) {
      return root.get("content").text();
    }
  }

  @Test
  void pullsAnImageThatIsThenFoundOffline() throws Exception {
    Events events = new Events();
    ImageInfo image = store.pull(at("team/app:1.0"), PullPolicy.IF_MISSING, events);

    assertThat(image.user()).contains("upper");
    assertThat(image.layers()).hasSize(2);
    assertThat(store.list()).containsExactly(at("team/app:1.0"));
    assertThat(content(at("team/app:1.0"), PullPolicy.NEVER)).isEqualTo("upper");
    assertThat(content(at("team/app@" + image.digest()), PullPolicy.NEVER)).isEqualTo("upper");
    PullEvent.Resolved resolved = events.of(PullEvent.Resolved.class).get(0);
    assertThat(resolved.image()).isEqualTo(at("team/app:1.0"));
    assertThat(resolved.missingLayers()).isEqualTo(2);
    assertThat(resolved.missingBytes()).isEqualTo(image.sizeBytes());
    assertThat(events.completed().fetchedBytes()).isEqualTo(image.sizeBytes());
    assertThat(events.of(PullEvent.Progress.class)).hasSizeGreaterThan(5);
    String copied = "oci:" + directory.resolve("copy") + ":x";
    HostTool.run(
        "skopeo", "copy", "-q", "oci:" + home.resolve("images") + ":" + at("team/app:1.0"), copied);
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void pullsImagesOfDockersFormat() {
    assertThat(content(at("team/docker:1"), PullPolicy.IF_MISSING)).isEqualTo("upper");
  }

  @Test
  void pullsByDigestWhateverTheTag() {
    String digest = store.pull(at("team/app:1.0"), PullPolicy.ALWAYS, PullListener.NONE).digest();
    for (String name : List.of("team/app@" + digest, "team/app:other@" + digest)) {
      Path other = home;
      home = directory.resolve("home" + name.length());
      store = store(RegistrySettings.DEFAULT);
      assertThat(content(at(name), PullPolicy.IF_MISSING)).isEqualTo("upper");
      assertThat(content(at(name), PullPolicy.NEVER)).isEqualTo("upper");
      home = other;
    }
  }

  @Test
  void choosesTheImageForBoxesOutOfAnIndex() {
    Path layoutDirectory = directory.resolve("many");
    TestLayout layout = image(layoutDirectory, "ours");
    String ours =
        TestLayout.with(
            layout.manifest(), "\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}");
    String theirs =
        TestLayout.with(
            image(layoutDirectory, "theirs")
                .manifest(
                    "{\"os\":\"linux\",\"architecture\":\"arm64\",\"rootfs\":{\"type\":\"layers\","
                        + "\"diff_ids\":[\""
                        + Digest.of(BASE)
                        + "\",\""
                        + Digest.of(new TarBuilder().file("content", "theirs").build())
                        + "\"]}}"),
            "\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}");
    for (String type : List.of("application/vnd.oci.image.index.v1+json")) {
      String index =
          layout.blob(
              type,
              "{\"schemaVersion\":2,\"mediaType\":\""
                  + type
                  + "\",\"manifests\":["
                  + theirs
                  + ","
                  + ours
                  + "]}");
      layout.index(
          TestLayout.with(index, "\"annotations\":{\"org.opencontainers.image.ref.name\":\"x\"}"));
    }
    registry.push("oci:" + layoutDirectory + ":x", "many:1", "--all");
    registry.push("oci:" + layoutDirectory + ":x", "many:docker", "--all", "--format", "v2s2");

    assertThat(content(at("many:1"), PullPolicy.IF_MISSING)).isEqualTo("ours");
    assertThat(content(at("many:docker"), PullPolicy.IF_MISSING)).isEqualTo("ours");
    String index =
        Digest.of(
                HostTool.run(
                        "skopeo",
                        "inspect",
                        "--raw",
                        "--tls-verify=false",
                        "docker://" + at("many:1"))
                    .getBytes(UTF_8))
            .toString();
    assertThat(content(at("many@" + index), PullPolicy.NEVER)).isEqualTo("ours");
  }

  @Test
  void asksTheRegistryAsOftenAsThePolicySays() {
    String name = at("moving:tag");
    push("moving:tag", "first");
    assertThat(content(name, PullPolicy.IF_MISSING)).isEqualTo("first");
    push("moving:tag", "second");
    assertThat(content(name, PullPolicy.IF_MISSING)).isEqualTo("first");
    assertThat(content(name, PullPolicy.NEVER)).isEqualTo("first");

    Events events = new Events();
    ImageInfo second = store.pull(name, PullPolicy.ALWAYS, events);
    assertThat(second.user()).contains("second");
    assertThat(events.of(PullEvent.Resolved.class).get(0).missingLayers()).isEqualTo(1);
    assertThat(events.completed().fetchedBytes()).isLessThan(1000);
    assertThat(content(name, PullPolicy.NEVER)).isEqualTo("second");
    Events again = new Events();
    assertThat(store.pull(name, PullPolicy.ALWAYS, again)).isEqualTo(second);
    assertThat(again.completed().fetchedBytes()).isZero();
  }

  private void push(String name, String content) {
    Path layoutDirectory = directory.resolve(content);
    TestLayout layout = image(layoutDirectory, content);
    layout.index(annotated(layout));
    registry.push("oci:" + layoutDirectory + ":x", name);
  }

  @Test
  void saysWhatDoesNotExist() {
    for (String name : List.of("nothing:1", "team/app:2", "team/app@sha256:" + "0".repeat(64))) {
      assertThatExceptionOfType(ImageNotFoundException.class)
          .isThrownBy(() -> store.rootImage(at(name), PullPolicy.IF_MISSING))
          .withMessageContaining("image " + at(name) + " does not exist in registry")
          .withMessageContaining("UNKNOWN");
    }
    assertThat(store.list()).isEmpty();
  }

  @Test
  void goesOnWithWhatADeadPullLeft() throws Exception {
    ImageInfo image = store.pull(at("team/app:1.0"), PullPolicy.ALWAYS, PullListener.NONE);
    String layer = image.layers().get(0).substring("sha256:".length());
    byte[] bytes = Files.readAllBytes(home.resolve("images/blobs/sha256").resolve(layer));
    int half = bytes.length / 2;
    for (String kind : List.of("good", "damaged", "too long")) {
      home = directory.resolve(kind);
      store = store(RegistrySettings.DEFAULT);
      byte[] partial =
          kind.equals("too long")
              ? Arrays.copyOf(bytes, bytes.length + 1)
              : Arrays.copyOf(bytes, half);
      partial[100] ^= (byte) (kind.equals("damaged") ? 1 : 0);
      Path file = home.resolve("images/partial").resolve(layer);
      Files.createDirectories(file.getParent());
      Files.write(file, partial);
      Events events = new Events();
      assertThat(store.pull(at("team/app:1.0"), PullPolicy.IF_MISSING, events)).isEqualTo(image);
      long fetched = events.completed().fetchedBytes();
      long other = image.sizeBytes() - bytes.length;
      switch (kind) {
        case "good" -> assertThat(fetched).isEqualTo(other + bytes.length - half);
        case "damaged" -> assertThat(fetched).isEqualTo(other + bytes.length - half + bytes.length);
        default -> assertThat(fetched).isEqualTo(other + bytes.length);
      }
      assertThat(content(at("team/app:1.0"), PullPolicy.NEVER)).isEqualTo("upper");
    }
  }

  @Test
  void pullsOnceForManyWhoAsk() throws Exception {
    push("wanted:1", "by many");
    ExecutorService askers = Executors.newFixedThreadPool(8);
    try {
      List<Future<ImageInfo>> images = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        ImageStore own = store(RegistrySettings.DEFAULT);
        images.add(
            askers.submit(
                () -> own.pull(at("wanted:1"), PullPolicy.IF_MISSING, PullListener.NONE)));
      }
      for (Future<ImageInfo> image : images) {
        assertThat(image.get(60, TimeUnit.SECONDS).user()).contains("by many");
      }
    } finally {
      askers.shutdownNow();
    }
    // It logs a request when it has answered, and the client has the answer by then.
    await()
        .untilAsserted(
            () -> {
              assertThat(registry.requests("GET", "/v2/wanted/manifests/")).isEqualTo(1);
              assertThat(registry.requests("GET", "/v2/wanted/blobs/")).isEqualTo(3);
            });
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void pullsShortNamesThroughAMirror() {
    registry.push("oci:" + shared.resolve("app") + ":x", "library/python:slim");
    registry.push("oci:" + shared.resolve("app") + ":x", "hub/ann/tool:latest");
    store =
        store(
            new RegistrySettings(
                List.of(
                    new Mirror("", "", registry.host(), "/nothing"),
                    new Mirror("", "", registry.host(), "/hub"),
                    new Mirror("", "http", registry.host(), ""),
                    new Mirror("other.test", "", registry.host(), "")),
                Set.of(),
                Set.of()));
    assertThat(content("python:slim", PullPolicy.IF_MISSING)).isEqualTo("upper");
    assertThat(content("ann/tool", PullPolicy.IF_MISSING)).isEqualTo("upper");
    assertThat(content("other.test/team/app:1.0", PullPolicy.IF_MISSING)).isEqualTo("upper");
    assertThat(store.list())
        .containsExactly("ann/tool:latest", "other.test/team/app:1.0", "python:slim");
  }

  @Test
  void saysThatNobodyListens() {
    assertThatExceptionOfType(ImagePullException.class)
        .isThrownBy(
            () ->
                new Registries(
                        RegistrySettings.DEFAULT,
                        ProxySettings.OF_JVM,
                        new DockerConfig(directory.resolve("none"), ""),
                        TestTimeouts.SHORT)
                    .pull(
                        ImageName.parse("127.0.0.1:1/a"),
                        new StoredImages(directory, Limits.DEFAULT),
                        PullListener.NONE))
        .withMessageContaining("image 127.0.0.1:1/a:latest cannot be pulled after 3 attempts")
        .withMessageContaining("127.0.0.1:1 refuses the connection: nothing is listening there")
        .withMessageContaining("the pull policy never");
  }

  private Set<String> leftovers() throws Exception {
    try (Stream<Path> files = Files.list(home.resolve("images/partial"))) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }
}

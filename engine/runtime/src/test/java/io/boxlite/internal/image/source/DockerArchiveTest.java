package io.boxlite.internal.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.image.HostTool;
import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerArchiveTest {
  private static final byte[] LAYER = new TarBuilder().file("a", "x").build();
  private static final String CONFIG =
      "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":[\"sh\"]},"
          + "\"rootfs\":{\"diff_ids\":[\""
          + Digest.of(LAYER)
          + "\"]}}";
  private static final String CONFIG_NAME =
      Digest.of(CONFIG.getBytes(StandardCharsets.UTF_8)).hex() + ".json";

  @TempDir Path directory;

  @Test
  void readsTheOldForm() throws IOException {
    SourceImage image =
        find(
            new TarBuilder()
                .directory("abc/")
                .file("abc/VERSION", "1.0")
                .file("abc/layer.tar", LAYER)
                .file(CONFIG_NAME, CONFIG)
                .file("manifest.json", manifest(CONFIG_NAME, "abc/layer.tar", "app:1")),
            null);
    assertThat(image.configFile().config().cmd()).containsExactly("sh");
    assertThat(image.digest() + ".json").isEqualTo("sha256:" + CONFIG_NAME);
    try (var layer = image.layers().get(0).open()) {
      assertThat(layer.readAllBytes()).isEqualTo(LAYER);
    }
  }

  @Test
  void readsTheFormThatIsAnOciLayoutToo() throws IOException {
    String config = "blobs/sha256/" + CONFIG_NAME.replace(".json", "");
    SourceImage image =
        find(
            new TarBuilder()
                .file("blobs/sha256/abc", LAYER)
                .file(config, CONFIG)
                .file("index.json", "{}")
                .file("manifest.json", manifest(config, "blobs/sha256/abc", "app:1")),
            "app:1");
    assertThat(image.layers()).hasSize(1);
  }

  @Test
  void followsLinksBetweenLayers() throws IOException {
    for (String target : new String[] {"../abc/layer.tar", "abc/layer.tar"}) {
      TarBuilder tar = new TarBuilder().file("abc/layer.tar", LAYER).file(CONFIG_NAME, CONFIG);
      if (target.startsWith("..")) {
        tar.symlink("def/layer.tar", target);
      } else {
        tar.hardLink("def/layer.tar", target);
      }
      tar.file("manifest.json", manifest(CONFIG_NAME, "def/layer.tar", "app:1"));
      assertThat(find(tar, null).layers().get(0).size()).isEqualTo(LAYER.length);
    }
  }

  @Test
  void refusesLinksThatGoInACircle() {
    assertDamaged(
        new TarBuilder()
            .symlink("l", "l")
            .file(CONFIG_NAME, CONFIG)
            .file("manifest.json", manifest(CONFIG_NAME, "l", "app:1")),
        "its manifest.json names \"l\", which it does not have");
  }

  @Test
  void choosesByName() throws IOException {
    String first = manifest(CONFIG_NAME, "l", "app:1");
    String second = manifest(CONFIG_NAME, "l", "team/app:2");
    TarBuilder tar =
        new TarBuilder()
            .file("l", LAYER)
            .file(CONFIG_NAME, CONFIG)
            .file(
                "manifest.json",
                first.substring(0, first.length() - 1) + "," + second.substring(1));
    assertThat(find(tar, "team/app:2").layers()).hasSize(1);
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> find(tar, null))
        .withMessageContaining("several images; specify one of [app:1, team/app:2]");
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> find(tar, "app:3"))
        .withMessageContaining("no such image; it has [app:1, team/app:2]");
  }

  @Test
  void saysWhatIsNotThere() {
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(
            () -> new DockerArchive(directory.resolve("no.tar"), "docker-archive:no").find(null))
        .withMessageContaining("there is no file " + directory.resolve("no.tar"));
    assertDamaged(new TarBuilder().file("a", "x"), "has no manifest.json");
    assertDamaged(new TarBuilder().file("index.json", "{}"), "use oci-archive:FILE");
    assertDamaged(
        new TarBuilder().file("manifest.json", manifest("c.json", "l", "app:1")), "\"c.json\"");
    assertDamaged(new TarBuilder().file("manifest.json", "[{}]"), "lacks Config or Layers");
    assertDamaged(new TarBuilder().file("manifest.json", "{"), "is not valid");
  }

  @Test
  void verifiesTheConfigurationByItsName() {
    assertDamaged(
        new TarBuilder()
            .file("l", LAYER)
            .file(CONFIG_NAME, CONFIG.replace("sh", "rm"))
            .file("manifest.json", manifest(CONFIG_NAME, "l", "app:1")),
        "but its name says sha256:");
  }

  @Test
  void readsAnArchiveThatIsCompressedAsAWhole() throws IOException {
    byte[] large = new byte[1 << 20];
    new Random(8).nextBytes(large);
    byte[] layer = new TarBuilder().file("large", large).build();
    String config = CONFIG.replaceAll("sha256:[0-9a-f]{64}", Digest.of(layer).toString());
    byte[] archive =
        new TarBuilder()
            .file("l", layer)
            .file("c.json", config)
            .file("manifest.json", manifest("c.json", "l", "app:1"))
            .build();
    Path tar = Files.write(directory.resolve("a.tar"), archive);
    HostTool.run("zstd", "-q", tar);
    Files.write(directory.resolve("a.tar.gz"), TestLayout.gzip(archive));
    for (String name : List.of("a.tar", "a.tar.gz", "a.tar.zst")) {
      SourceImage image =
          new DockerArchive(directory.resolve(name), "docker-archive:" + name).find(null);
      for (int i = 0; i < 2; i++) {
        try (var stream = image.layers().get(0).open()) {
          assertThat(stream.readAllBytes()).as(name).isEqualTo(layer);
        }
      }
    }
  }

  @Test
  void noticesThatACompressedArchiveHasChanged() throws IOException {
    Path file = directory.resolve("a.tar.gz");
    for (String tag : List.of("app:1", "app:2")) {
      Files.write(
          file,
          TestLayout.gzip(
              new TarBuilder()
                  .file("l", LAYER)
                  .file(CONFIG_NAME, CONFIG)
                  .file("manifest.json", manifest(CONFIG_NAME, "l", tag))
                  .build()));
      assertThat(new DockerArchive(file, "a").find(ImageName.parse(tag)).layers()).hasSize(1);
    }
  }

  @Test
  void endsACompressedArchiveThatIsABomb() throws IOException {
    byte[] header = new TarBuilder().header("zeros", '0', 0644, 1L << 33, "");
    Path file = directory.resolve("bomb.tar.zst");
    Path start = Files.write(directory.resolve("header"), header);
    HostTool.run(
        "sh", "-c", "(cat " + start + "; head -c 1100M /dev/zero) | zstd -q -1 -o " + file);
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> new DockerArchive(file, "docker-archive:bomb").find(null))
        .withMessageContaining("docker-archive:bomb cannot be used")
        .withMessageContaining("decompression bomb");
  }

  @Test
  void saysWhatIsThereInPlaceOfAnArchive() throws IOException {
    Path layout = Files.createDirectory(directory.resolve("layout"));
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> new DockerArchive(layout, "docker-archive:layout").find(null))
        .withMessage("docker-archive:layout: " + layout + " is a directory; an archive is a file");
    new TestLayout(layout).index();
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> new DockerArchive(layout, "docker-archive:layout").find(null))
        .withMessageEndingWith(" is a directory with an OCI image layout; use oci:DIR");
  }

  @Test
  void namesACompressionThatImagesDoNotHave() throws IOException {
    Path file = directory.resolve("a.tar.xz");
    Files.write(file, new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0});
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> new DockerArchive(file, "docker-archive:a").find(null))
        .withMessageContaining("docker-archive:a cannot be used: it is compressed with xz");
  }

  @Test
  void tellsThatAnArchiveIsTruncated() throws IOException {
    byte[] whole =
        new TarBuilder()
            .file(CONFIG_NAME, CONFIG)
            .file("manifest.json", manifest(CONFIG_NAME, "l", "app:1"))
            .file("l", LAYER)
            .buildWithoutEnd();
    Path file = Files.write(directory.resolve("a.tar"), Arrays.copyOf(whole, whole.length - 700));
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> new DockerArchive(file, "docker-archive:a").find(null))
        .withMessageContaining("docker-archive:a cannot be used: the archive is truncated");
  }

  @Test
  void readsWhatSkopeoWrote() throws IOException {
    Path layout = directory.resolve("layout");
    TestLayout source = new TestLayout(layout).layer(LAYER).layer(LAYER);
    source.index(
        TestLayout.with(
            source.manifest(), "\"annotations\":{\"org.opencontainers.image.ref.name\":\"app\"}"));
    Path archive = directory.resolve("skopeo.tar");
    HostTool.run(
        "skopeo", "copy", "-q", "oci:" + layout + ":app", "docker-archive:" + archive + ":a/b:c");
    SourceImage image =
        new DockerArchive(archive, "docker-archive:skopeo").find(ImageName.parse("a/b:c"));
    assertThat(image.layers()).hasSize(2);
    for (var layer : image.layers()) {
      try (var stream = layer.open()) {
        assertThat(stream.readAllBytes()).isEqualTo(LAYER);
      }
    }
  }

  private static String manifest(String config, String layer, String tag) {
    return "[{\"Config\":\""
        + config
        + "\",\"RepoTags\":[\""
        + tag
        + "\"],\"Layers\":[\""
        + layer
        + "\"]}]";
  }

  private SourceImage find(TarBuilder tar, @Nullable String name) throws IOException {
    Path file = Files.write(directory.resolve("archive.tar"), tar.build());
    return new DockerArchive(file, "docker-archive:test")
        .find(name == null ? null : ImageName.parse(name));
  }

  private void assertDamaged(TarBuilder tar, String message) {
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> find(tar, null))
        .withMessageContaining("docker-archive:test")
        .withMessageContaining(message);
  }
}

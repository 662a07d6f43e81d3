package io.boxlite.internal.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.PullPolicy;
import io.boxlite.internal.image.erofs.ErofsReader;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each bad image gives a clear error, leaves nothing behind, and the store works on. */
class BadImageTest {
  @TempDir Path directory;

  private final byte[] archive = archive();
  private Path home;
  private ImageStore store;
  private TestLayout layout;
  private String oci = "";

  private static byte[] archive() {
    byte[] noise = new byte[200_000];
    new Random(6).nextBytes(noise);
    return new TarBuilder().file("a", noise).file("b", "b").build();
  }

  @BeforeEach
  void openStore() {
    home = directory.resolve("home");
    store = ImageStore.open(home);
    layout = new TestLayout(directory.resolve("layout"));
    oci = "oci:" + directory.resolve("layout");
  }

  @AfterEach
  void leavesNothingBehindAndTheStoreUsable() throws IOException {
    assertThat(files()).noneMatch(file -> file.toString().contains("unfinished"));
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("boxlite-image"));
    Path good =
        Files.write(directory.resolve("good.tar"), new TarBuilder().file("g", "ood").build());
    store.importImage("rootfs:" + good, "good");
    try (ErofsReader root = new ErofsReader(store.rootImage("good", PullPolicy.NEVER).file())) {
      assertThat(root.paths()).containsExactly("g");
    }
  }

  @Test
  void missingFile() {
    for (String source : List.of("oci:", "docker-archive:", "rootfs:")) {
      String reference = source + directory.resolve("missing");
      assertThatExceptionOfType(ImageNotFoundException.class)
          .isThrownBy(() -> store.rootImage(reference, PullPolicy.IF_MISSING))
          .withMessageStartingWith(reference)
          .withMessageContaining("there is no");
    }
  }

  @Test
  void missingLayer() throws IOException {
    layout.layer(archive).index(layout.manifest());
    Files.delete(layout.layerFile(0));
    assertRefused(oci, "layer 1 of 1 of " + oci, "is missing: there is no file");
  }

  @Test
  void truncatedLayer() throws IOException {
    layout.layer(archive).index(layout.manifest());
    byte[] stored = Files.readAllBytes(layout.layerFile(0));
    for (int length : new int[] {0, 5, stored.length / 2, stored.length - 1}) {
      Files.write(layout.layerFile(0), Arrays.copyOf(stored, length));
      assertRefused(oci, "layer 1 of 1 of " + oci, "truncated");
    }
  }

  @Test
  void damagedLayer() throws IOException {
    layout.layer(archive).index(layout.manifest());
    byte[] stored = Files.readAllBytes(layout.layerFile(0));
    for (int at = 0; at < stored.length; at += stored.length / 13) {
      byte[] damaged = stored.clone();
      damaged[at] ^= 0x10;
      Files.write(layout.layerFile(0), damaged);
      assertRefused(oci, "layer 1 of 1 of " + oci);
    }
  }

  @Test
  void layerThatIsDamagedBehindItsEnd() throws IOException {
    byte[] compressed = TestLayout.gzip(archive);
    byte[] padded = Arrays.copyOf(compressed, compressed.length + 1_000_000);
    layout.layer(padded, Digest.of(archive)).index(layout.manifest());
    padded[padded.length - 1] = 1;
    Files.write(layout.layerFile(0), padded);
    assertRefused(oci, "layer 1 of 1 of " + oci, "its digest is " + Digest.of(padded));
  }

  @Test
  void layerWithAnotherDigest() throws IOException {
    layout.layer(archive).index(layout.manifest());
    byte[] other = archive.clone();
    other[600] ^= 1;
    byte[] stored = TestLayout.gzip(other);
    Path file = layout.layerFile(0);
    assertThat(Files.size(file)).isEqualTo(stored.length);
    Files.write(file, stored);
    assertRefused(
        oci,
        "layer 1 of 1 of " + oci,
        "is damaged: its digest is "
            + Digest.of(stored)
            + ", expected sha256:"
            + file.getFileName());
  }

  @Test
  void layerWithAnotherDiffId() {
    Digest wrong = Digest.of(new byte[0]);
    layout.layer(TestLayout.gzip(archive), wrong).index(layout.manifest());
    assertRefused(
        oci,
        "layer 1 of 1 of " + oci,
        "decompressed, is damaged: its digest is " + Digest.of(archive) + ", expected " + wrong);
  }

  @Test
  void layerThatIsNoArchive() {
    layout.layer("this is no archive".repeat(100).getBytes(UTF_8)).index(layout.manifest());
    assertRefused(oci, "layer 1 of 1 of " + oci, "the tar header at offset 0");
  }

  @Test
  void layerWithABadEntry() {
    layout.layer(archive).layer(new TarBuilder().hardLink("x", "nothing").build());
    layout.index(layout.manifest());
    assertRefused(
        oci, "layer 2 of 2 of " + oci, "its entry \"x\" is invalid: it is a hard link to");
  }

  @Test
  void layerThatIsADecompressionBomb() throws IOException {
    store = ImageStore.open(home, new Limits(100, 1L << 40, 200, 1 << 20));
    byte[] zeros = new TarBuilder().file("zeros", new byte[8 << 20]).build();
    Path bomb = Files.write(directory.resolve("bomb.tar.gz"), TestLayout.gzip(zeros));
    assertRefused("rootfs:" + bomb, "expand to more than 200 times as many");
  }

  @Test
  void truncatedRootFileSystem() throws IOException {
    Path file = directory.resolve("rootfs.tar");
    // The last length is that of an archive that lacks nothing but its end marker.
    for (int length : new int[] {0, 100, 512, 100_000, archive.length - 1024}) {
      Files.write(file, Arrays.copyOf(archive, length));
      assertRefused("rootfs:" + file, "rootfs:" + file, "truncated");
      assertImportRefused("rootfs:" + file, "truncated");
    }
  }

  @Test
  void dockerArchiveWithADamagedLayer() throws IOException {
    layout.layer(archive);
    layout.index(
        TestLayout.with(
            layout.manifest(), "\"annotations\":{\"org.opencontainers.image.ref.name\":\"x\"}"));
    Path docker = directory.resolve("docker.tar");
    HostTool.run("skopeo", "copy", "-q", oci + ":x", "docker-archive:" + docker);
    byte[] bytes = Files.readAllBytes(docker);
    bytes[100_000] ^= 1;
    Files.write(docker, bytes);
    assertRefused(
        "docker-archive:" + docker, "layer 1 of 1 of docker-archive:", "expected sha256:");
    assertImportRefused("docker-archive:" + docker, "expected sha256:");
  }

  @Test
  void importOfADamagedLayer() throws IOException {
    layout.layer(archive).index(layout.manifest());
    byte[] stored = Files.readAllBytes(layout.layerFile(0));
    stored[1000] ^= 1;
    Files.write(layout.layerFile(0), stored);
    assertImportRefused(oci, "is damaged: its digest is");
  }

  @Test
  void layerInTheStoreThatWasDamagedLater() throws IOException {
    layout.layer(archive).index(layout.manifest());
    store.importImage(oci, "app");
    Path blob = home.resolve("images/blobs/sha256").resolve(layout.layerFile(0).getFileName());
    byte[] stored = Files.readAllBytes(blob);
    stored[1000] ^= 1;
    Files.write(blob, stored);
    assertRefused("app", "layer 1 of 1 of image app:latest", blob.getFileName().toString());

    store.importImage(oci, "app");
    assertThat(store.rootImage("app", PullPolicy.NEVER).file()).exists();
  }

  @Test
  void fullDisk() throws IOException {
    assumeTrue(HostTool.isRoot(), "mounting a small disk needs root");
    Path small = Files.createDirectory(directory.resolve("small"));
    HostTool.run("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", small);
    try {
      layout.layer(archive).index(layout.manifest());
      ImageStore full = ImageStore.open(small.resolve("home"));
      assertThatExceptionOfType(BoxliteException.class)
          .isThrownBy(() -> full.rootImage(oci, PullPolicy.IF_MISSING))
          .withMessageContaining("cannot write the root image " + small)
          .withMessageContaining("No space left on device");
      assertThatExceptionOfType(BoxliteException.class)
          .isThrownBy(() -> full.importImage(oci, "app"))
          .withMessageContaining("No space left on device");
      try (Stream<Path> files = Files.walk(small)) {
        assertThat(files).noneMatch(file -> file.toString().contains("unfinished"));
      }
      assertThat(full.list()).isEmpty();
    } finally {
      HostTool.run("umount", small);
    }
  }

  private void assertRefused(String reference, String... messages) {
    var thrown =
        assertThatExceptionOfType(ImageIntegrityException.class)
            .isThrownBy(() -> store.rootImage(reference, PullPolicy.IF_MISSING));
    for (String message : messages) {
      thrown.withMessageContaining(message);
    }
    try {
      assertThat(files()).noneMatch(file -> file.toString().matches(".*(erofs|unfinished|lock)"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void assertImportRefused(String source, String message) {
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> store.importImage(source, "bad"))
        .withMessageContaining(message);
    assertThat(store.list()).doesNotContain("bad:latest");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      return files.filter(Files::isRegularFile).filter(f -> !f.endsWith("images/lock")).toList();
    }
  }
}

package io.boxlite.internal.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImageNotFoundException;
import io.boxlite.PullPolicy;
import io.boxlite.internal.host.LockFile;
import io.boxlite.internal.image.erofs.ErofsReader;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Takes images out of the store again. */
class ImageRemovalTest {
  @TempDir Path directory;

  private Path home;
  private ImageStore store;
  private TestLayout layout;

  @BeforeEach
  void openStore() {
    home = directory.resolve("home");
    store = ImageStore.open(home);
    layout = TestLayout.ofTwoLayers(directory.resolve("layout"));
  }

  @Test
  void removesAnImageAndLeavesWhatOthersShareWithIt() throws IOException {
    layout.index(layout.manifest());
    store.importImage("oci:" + directory.resolve("layout"), "one");
    layout.layer(new TarBuilder().file("c", "c").build()).index(layout.manifest());
    store.importImage("oci:" + directory.resolve("layout"), "two");
    assertThat(blobCount()).isEqualTo(3 + 2 + 2);

    store.remove("two");
    assertThat(store.list()).containsExactly("one:latest");
    assertThat(blobCount()).isEqualTo(2 + 1 + 1);
    try (RootImage image = store.rootImage("one", PullPolicy.NEVER);
        ErofsReader root = new ErofsReader(image.file())) {
      assertThat(root.paths()).containsExactly("etc/", "etc/a");
    }
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> store.inspect("two"))
        .withMessageContaining("is not in the store, which has [one:latest]");
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> store.remove("two"))
        .withMessageContaining("image two:latest is not in the store, which has [one:latest]");

    store.remove("one");
    assertThat(store.list()).isEmpty();
    assertThat(blobCount()).isZero();
  }

  @Test
  void prunesTheImagesThatWereNotUsedForLongest() throws IOException {
    long size = 0;
    for (String name : List.of("old", "used", "new")) {
      byte[] noise = new byte[50_000];
      new Random(name.hashCode()).nextBytes(noise);
      Path rootfs =
          Files.write(directory.resolve("rootfs.tar"), new TarBuilder().file(name, noise).build());
      store.importImage("rootfs:" + rootfs, name);
      Path manifest = blobs().resolve(store.inspect(name).digest().substring("sha256:".length()));
      Files.setLastModifiedTime(
          manifest, FileTime.from(Instant.now().minusSeconds(name.equals("new") ? 10 : 1000)));
      size = Files.size(rootfs);
    }
    forgetThatTheyWereImported();
    store.inspect("used");
    Files.createDirectories(home.resolve("images/partial"));
    Files.writeString(home.resolve("images/partial/half"), "a blob");
    try (LockFile use = LockFile.shared(home.resolve("images/use"), Duration.ofSeconds(1))) {
      assertThat(store.prune(0)).as("while one is read").isZero();
    }

    assertThat(store.prune(1 << 20)).isEqualTo("a blob".length());
    assertThat(store.list()).hasSize(3);
    assertThat(store.prune(2 * size + 5000)).isBetween(size, size + 5000);
    assertThat(store.list()).containsExactly("new:latest", "used:latest");
    assertThat(store.prune(0)).isGreaterThan(2 * size);
    assertThat(store.list()).isEmpty();
    assertThat(blobCount()).isZero();
  }

  @Test
  void pruningLeavesImportedImagesWhateverTheirNames() throws IOException {
    importRootfs("pulled");
    forgetThatTheyWereImported();
    importRootfs("judge:1");
    importRootfs("registry.example:5000/team/judge:1");

    assertThat(store.prune(0)).isPositive();
    assertThat(store.list()).containsExactly("judge:1", "registry.example:5000/team/judge:1");
    try (RootImage image = store.rootImage("judge:1", PullPolicy.NEVER)) {
      assertThat(image.file()).exists();
    }
  }

  private void importRootfs(String name) throws IOException {
    Path rootfs =
        Files.write(directory.resolve("rootfs.tar"), new TarBuilder().file("name", name).build());
    store.importImage("rootfs:" + rootfs, name);
  }

  /** Makes the images that are there what a pull would have made of them. */
  private void forgetThatTheyWereImported() throws IOException {
    Path index = home.resolve("images/index.json");
    String before = Files.readString(index);
    String after = before.replace("io.boxlite.imported", "io.boxlite.pulled");
    assertThat(after).isNotEqualTo(before);
    Files.writeString(index, after);
  }

  private Path blobs() {
    return home.resolve("images/blobs/sha256");
  }

  private long blobCount() throws IOException {
    try (Stream<Path> files = Files.list(blobs())) {
      return files.count();
    }
  }
}

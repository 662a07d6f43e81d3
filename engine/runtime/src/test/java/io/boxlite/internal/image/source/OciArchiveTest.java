package io.boxlite.internal.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.PullPolicy;
import io.boxlite.internal.image.HostTool;
import io.boxlite.internal.image.ImageStore;
import io.boxlite.internal.image.RootImage;
import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.erofs.ErofsReader;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OciArchiveTest {
  @TempDir Path directory;

  private TestLayout layout;
  private Path layoutDirectory;

  @BeforeEach
  void startLayout() {
    layoutDirectory = directory.resolve("layout");
    layout = new TestLayout(layoutDirectory).layer(new TarBuilder().file("a", "x").build());
    layout.index(
        TestLayout.with(
            layout.manifest(), "\"annotations\":{\"org.opencontainers.image.ref.name\":\"app\"}"));
  }

  @Test
  void readsWhatSkopeoWrote() {
    Path archive = directory.resolve("app.tar");
    HostTool.run(
        "skopeo", "copy", "-q", "oci:" + layoutDirectory + ":app", "oci-archive:" + archive);
    HostTool.run("gzip", "-k", archive);
    ImageStore store = ImageStore.open(directory.resolve("home"));
    for (String name : List.of("app.tar", "app.tar.gz")) {
      try (RootImage image =
              store.rootImage("oci-archive:" + directory.resolve(name), PullPolicy.NEVER);
          ErofsReader root = new ErofsReader(image.file())) {
        assertThat(root.paths()).containsExactly("a");
      }
    }
    store.importImage("oci-archive:" + archive, "imported:1");
    assertThat(store.list()).containsExactly("imported:1");
  }

  @Test
  void findsImagesByTheirNames() {
    Path archive = directory.resolve("app.tar");
    HostTool.run("tar", "-C", layoutDirectory, "-cf", archive, ".");
    assertThat(find(archive, "app").digest())
        .isEqualTo(new OciLayout(layoutDirectory, "x").find("app").digest());
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> find(archive, "other"))
        .withMessage("oci-archive:x: the layout has no image of that name; it has app");
  }

  @Test
  void saysWhatIsThereInPlaceOfAnArchive() throws IOException {
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> find(layoutDirectory, null))
        .withMessageEndingWith(" is a directory with an OCI image layout; use oci:DIR");
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> find(directory.resolve("no"), null))
        .withMessageContaining("there is no file " + directory.resolve("no"));
    Path docker =
        Files.write(
            directory.resolve("docker.tar"), new TarBuilder().file("manifest.json", "[]").build());
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> find(docker, null))
        .withMessageContaining("has no index.json")
        .withMessageEndingWith("use docker-archive:FILE");
    assertThatExceptionOfType(ImageNotFoundException.class)
        .isThrownBy(() -> new OciLayout(docker, "oci:x").find(null))
        .withMessageContaining(docker + " is a file; use oci-archive:FILE");
  }

  @Test
  void saysWhichMemberIsMissing() {
    Path archive = directory.resolve("app.tar");
    HostTool.run("tar", "-C", layoutDirectory, "-cf", archive, "index.json", "oci-layout");
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> find(archive, null))
        .withMessageContaining("is missing: there is no member blobs/sha256/")
        .withMessageEndingWith(" in " + archive);
  }

  private static SourceImage find(Path archive, @Nullable String tag) {
    return new OciArchive(archive, "oci-archive:x").find(tag);
  }
}

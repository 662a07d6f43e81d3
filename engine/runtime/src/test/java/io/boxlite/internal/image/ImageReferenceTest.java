package io.boxlite.internal.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.boxlite.internal.image.source.ImageName;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
  @Test
  void takesWhatHasNoTransportForAName() {
    assertThat(ImageReference.parse("python:slim"))
        .isEqualTo(new ImageReference.Named(ImageName.parse("python:slim")));
    assertThat(ImageReference.parse("localhost:5000/a"))
        .isEqualTo(new ImageReference.Named(ImageName.parse("localhost:5000/a")));
  }

  @Test
  void readsOciDirectories() {
    assertThat(ImageReference.parse("oci:some/dir"))
        .isEqualTo(new ImageReference.Oci(Path.of("some/dir"), Optional.empty()));
    assertThat(ImageReference.parse("oci:/dir:team/app:1.0"))
        .isEqualTo(new ImageReference.Oci(Path.of("/dir"), Optional.of("team/app:1.0")));
  }

  @Test
  void readsDockerArchives() {
    assertThat(ImageReference.parse("docker-archive:a.tar"))
        .isEqualTo(new ImageReference.Docker(Path.of("a.tar"), Optional.empty()));
    assertThat(ImageReference.parse("docker-archive:a.tar:app:1.0"))
        .isEqualTo(
            new ImageReference.Docker(Path.of("a.tar"), Optional.of(ImageName.parse("app:1.0"))));
  }

  @Test
  void takesAllBehindRootfsForThePath() {
    assertThat(ImageReference.parse("rootfs:/a:b/c.tar.gz"))
        .isEqualTo(new ImageReference.Rootfs(Path.of("/a:b/c.tar.gz")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "oci:",
        "oci::tag",
        "oci:dir:",
        "docker-archive:",
        "docker-archive:a.tar:Bad Name",
        "rootfs:",
        "rootfs:a\0b",
        "docker://python",
        "containers-storage:x/y:z:w",
        "",
        "a b"
      })
  void refusesWhatIsMalformedNamingTheValue(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageReference.parse(text))
        .withMessageContaining("image is \"");
  }

  @Test
  void saysWhichSourcesThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageReference.parse("docker://python"))
        .withMessageContaining("oci:DIR[:TAG]")
        .withMessageContaining("oci-archive:FILE[:TAG], docker-archive:FILE[:NAME]")
        .withMessageContaining("rootfs:FILE.tar[.gz|.zst]");
  }
}

package io.boxlite.internal.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.PullPolicy;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootImageTest {
  @TempDir Path directory;

  @Test
  void knowsTheDirectoriesThatAreBehindNoLink() throws IOException {
    TarBuilder rootfs = new TarBuilder().directory("a/").directory("a/b/").file("a/file", "");
    for (int i = 0; i < 600; i++) { // more than a block of names
      rootfs.directory("a/b/directory-" + i + "/");
    }
    rootfs.symlink("link", "a");
    Path archive = Files.write(directory.resolve("rootfs.tar"), rootfs.build());
    try (RootImage image =
        ImageStore.open(directory.resolve("home"))
            .rootImage("rootfs:" + archive, PullPolicy.NEVER)) {
      for (String there : new String[] {"/", "/a", "/a/", "//a/b", "/a/b/directory-599"}) {
        assertThat(image.hasDirectory(there)).as(there).isTrue();
      }
      for (String unknown :
          new String[] {"/a/file", "/a/file/x", "/link", "/link/b", "/a/../a", "/x", "/a/b/x/y"}) {
        assertThat(image.hasDirectory(unknown)).as(unknown).isFalse();
      }
    }
  }
}

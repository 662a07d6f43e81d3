package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.BoxliteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {
  @TempDir Path folder;

  @Test
  void createsEveryFolderForThisUserAlone() throws IOException {
    Home home = Home.open(folder.resolve("a/b"));
    for (Path created :
        List.of(
            folder.resolve("a"),
            home.root(),
            home.images(),
            home.rootfs(),
            home.templates(),
            home.boxes(),
            home.guest())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(created)))
          .as("%s", created)
          .isEqualTo("rwx------");
    }
  }

  @Test
  void opensOneThatExists() {
    assertThat(Home.open(folder)).isEqualTo(Home.open(folder));
  }

  @Test
  void followsASymbolicLink() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    assertThat(Home.open(link).images()).isDirectory();
  }

  @Test
  void aFileInItsPlaceIsToldWithItsNameAndTheVariable() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> Home.open(file))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining(file + " is to be a folder and is none; set BOXLITE_HOME")
        .hasMessageContaining("BOXLITE_HOME");
  }

  @Test
  void aFolderThatCannotBeCreatedIsToldWithItsName() {
    // Nobody can write in /proc, not even root.
    assertThatThrownBy(() -> Home.open(Path.of("/proc/boxlite")))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("/proc/boxlite cannot be created")
        .hasMessageContaining("BOXLITE_HOME");
  }
}

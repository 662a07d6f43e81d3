package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxlite.BoxliteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HomeTest {
  private static final FileAttribute<?> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  @TempDir Path directory;

  @Test
  void createsEveryDirectoryForThisUserAlone() throws IOException {
    Home home = Home.open(directory.resolve("a/b"));
    for (Path created :
        List.of(
            directory.resolve("a"),
            home.root(),
            home.images(),
            home.rootfs(),
            home.templates(),
            home.boxes(),
            home.guest(),
            home.volumes())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(created)))
          .as("%s", created)
          .isEqualTo("rwx------");
    }
  }

  @Test
  void opensOneThatExists() {
    assertThat(Home.open(directory)).isEqualTo(Home.open(directory));
  }

  @Test
  void followsASymbolicLink() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
    assertThat(Home.open(link).images()).isDirectory();
  }

  @Test
  void namedVolumesMayHaveLinks() throws IOException {
    Home home = Home.open(directory.resolve("with-volumes"));
    Path data = Files.createDirectories(home.volumes().resolve("v/data"));
    Files.createSymbolicLink(data.resolve("link"), Path.of("/etc"));
    assertThat(Home.open(home.root())).isEqualTo(home);
    Files.setPosixFilePermissions(home.volumes(), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(() -> Home.open(home.root()))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("is writable by every user");
  }

  @Test
  void whereALinkLedIsWhereTheHomeIs() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("a"));
    Files.createDirectory(directory.resolve("a"), PRIVATE);
    assertThat(Home.open(link).root()).isEqualTo(directory.resolve("a").toRealPath());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "boxes", "guest", "templates"})
  void whatEverybodyCanWriteIsRefused(String name) throws IOException {
    Home home = Home.open(directory.resolve("home"));
    Path open = home.root().resolve(name);
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(() -> Home.open(home.root()))
        .isInstanceOf(BoxliteException.class)
        .hasMessageStartingWith(open + " is writable by every user (mode 777)")
        .hasMessageContaining("chmod o-w '" + open + "'")
        .hasMessageContaining("BOXLITE_HOME");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(Home.open(home.root())).isEqualTo(home);
  }

  @Test
  void aGroupMayWriteWhereItIsTheUsersOwn() throws IOException {
    Path shared = Files.createDirectory(directory.resolve("home"), PRIVATE);
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwx---"));
    long gid = ((Number) Files.getAttribute(shared, "unix:gid")).longValue();
    Privileges own = Privileges.ofThisProcess();
    HomeGuard guard = new HomeGuard(new Privileges(own.uid(), own.gid(), 0));
    if (gid == own.uid() && gid == own.gid()) {
      guard.check(shared, List.of());
    }
    assertThatThrownBy(
            () -> new HomeGuard(new Privileges(own.uid(), gid + 1, 0)).check(shared, List.of()))
        .hasMessageContaining("is writable by its group, gid " + gid)
        .hasMessageContaining("chmod g-w");
  }

  @Test
  void whatBelongsToAnotherUserIsRefused() throws IOException {
    Path other = Files.createDirectory(directory.resolve("home"), PRIVATE);
    long uid = Privileges.ofThisProcess().uid();
    HomeGuard guard = new HomeGuard(new Privileges(uid + 1, 0, 0));
    assertThatThrownBy(() -> guard.check(other, List.of()))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining(other + " belongs to user ")
        .hasMessageContaining("(uid " + uid + "), not to the user of this JVM, uid ")
        .hasMessageContaining("BOXLITE_HOME");
  }

  @Test
  void aHomeOfAnotherUserIsRefusedToRoot() throws IOException {
    assumeTrue(Privileges.ofThisProcess().isRoot(), "only root can give a directory away");
    Home home = Home.open(directory.resolve("home"));
    Files.setAttribute(home.root(), "unix:uid", 4711);
    assertThatThrownBy(() -> Home.open(home.root()))
        .hasMessageContaining("(uid 4711), not to the user of this JVM, uid 0");
  }

  @Test
  void aHomeThatQemuCannotEnterIsRefusedToRoot() throws IOException {
    assumeTrue(Privileges.ofThisProcess().isRoot(), "only root can give a directory away");
    Path above = Files.createDirectory(directory.resolve("above"), PRIVATE);
    Path root = above.resolve("home");
    assertThat(Home.open(root).boxes()).isDirectory();
    Files.setAttribute(above, "unix:uid", 4711);
    assertThatThrownBy(() -> Home.open(root))
        .hasMessageContaining(root + " is below " + above + " (uid 4711, mode 700), which QEMU");
    Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwx--x--x"));
    assertThat(Home.open(root).boxes()).isDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"boxes", "boxes/lock", "guest/deep/down", "images/blobs"})
  void aLinkInItIsRefusedAndNotFollowed(String name) throws IOException {
    Path elsewhere = directory.resolve("elsewhere");
    Path link =
        Files.createDirectory(directory.resolve("home"), PRIVATE).toRealPath().resolve(name);
    Files.createDirectories(link.getParent(), PRIVATE);
    Files.createSymbolicLink(link, elsewhere);
    assertThatThrownBy(() -> Home.open(directory.resolve("home")))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining(link.toString());
    assertThat(elsewhere).doesNotExist();
    Files.createDirectory(elsewhere, PRIVATE);
    assertThatThrownBy(() -> Home.open(directory.resolve("home")))
        .hasMessageContaining(link + " is a symbolic link")
        .hasMessageContaining("delete it");
    assertThat(elsewhere).isEmptyDirectory();
  }

  @Test
  void aFileInItsPlaceIsToldWithItsNameAndTheVariable() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> Home.open(file))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining(file + " exists but is not a directory; set BOXLITE_HOME")
        .hasMessageContaining("BOXLITE_HOME");
  }

  @Test
  void aDirectoryThatCannotBeCreatedIsToldWithItsName() {
    // Nobody can write in /proc, not even root.
    assertThatThrownBy(() -> Home.open(Path.of("/proc/boxlite")))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("/proc/boxlite cannot be created")
        .hasMessageContaining("BOXLITE_HOME");
  }
}

package io.boxlite.internal.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.BoxStartException;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.vm.Leftovers;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoxFoldersTest {
  @TempDir Path temp;
  private Home home;
  private BoxFolders folders;

  @BeforeEach
  void openHome() {
    home = Home.open(temp.resolve("a home, with a comma").resolve("x".repeat(200)));
    folders = new BoxFolders(home);
  }

  @Test
  void aFolderIsForItsOwnerAloneAndGoesWithEverythingInIt() throws IOException {
    BoxFolder folder = folders.create("b1");
    assertThat(folder.path()).isEqualTo(home.boxes().resolve("b1"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.path())))
        .isEqualTo("rwx------");
    Files.writeString(folder.file("disk"), "data");
    folder.close();
    assertThat(folder.path()).doesNotExist();
    Leftovers.assertNone(home);
  }

  @Test
  void aSocketHasAShortPathInAFolderWithALongOne() throws IOException {
    try (BoxFolder folder = folders.create("b1");
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.shortPath("s.sock"));
      listener.bind(address);
      assertThat(folder.file("s.sock")).exists();
      try (SocketChannel client = SocketChannel.open(address)) {
        assertThat(client.isConnected()).isTrue();
      }
    }
    Leftovers.assertNone(home);
  }

  @Test
  void twoBoxesCannotHaveTheSameFolder() {
    try (BoxFolder folder = folders.create("b1")) {
      assertThatThrownBy(() -> folders.create("b1"))
          .isInstanceOf(BoxStartException.class)
          .hasMessageContaining(folder.path().toString());
      assertThat(folder.path()).exists();
    }
  }

  @Test
  void aSweepDeletesTheFoldersOfDeadOwnersOnly() throws IOException {
    Path dead = Files.createDirectory(home.boxes().resolve("dead"));
    Files.writeString(dead.resolve(BoxFolders.OWNER), "");
    Files.writeString(dead.resolve("disk"), "data");
    try (BoxFolder alive = folders.create("alive")) {
      folders.sweep();
      assertThat(dead).doesNotExist();
      assertThat(alive.path()).exists();
    }
    Leftovers.assertNone(home);
  }

  @Test
  void closingTwiceAndAfterASweepIsHarmless() {
    BoxFolder folder = folders.create("b1");
    folder.close();
    folders.sweep();
    folder.close();
    Leftovers.assertNone(home);
  }
}

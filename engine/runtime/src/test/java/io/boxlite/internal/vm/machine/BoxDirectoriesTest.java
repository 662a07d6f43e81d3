package io.boxlite.internal.vm.machine;

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

class BoxDirectoriesTest {
  @TempDir Path temp;
  private Home home;
  private BoxDirectories directories;

  @BeforeEach
  void openHome() {
    home = Home.open(temp.resolve("a home, with a comma").resolve("x".repeat(200)));
    directories = new BoxDirectories(home);
  }

  @Test
  void aDirectoryIsForItsOwnerAloneAndGoesWithEverythingInIt() throws IOException {
    BoxDirectory directory = directories.create("b1");
    assertThat(directory.path()).isEqualTo(home.boxes().resolve("b1"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())))
        .isEqualTo("rwx------");
    Files.writeString(directory.file("disk"), "data");
    directory.close();
    assertThat(directory.path()).doesNotExist();
    Leftovers.assertNone(home);
  }

  @Test
  void aSocketHasAShortPathInADirectoryWithALongOne() throws IOException {
    try (BoxDirectory directory = directories.create("b1");
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.shortPath("s.sock"));
      listener.bind(address);
      assertThat(directory.file("s.sock")).exists();
      try (SocketChannel client = SocketChannel.open(address)) {
        assertThat(client.isConnected()).isTrue();
      }
    }
    Leftovers.assertNone(home);
  }

  @Test
  void twoBoxesCannotHaveTheSameDirectory() {
    try (BoxDirectory directory = directories.create("b1")) {
      assertThatThrownBy(() -> directories.create("b1"))
          .isInstanceOf(BoxStartException.class)
          .hasMessageContaining(directory.path().toString());
      assertThat(directory.path()).exists();
    }
  }

  @Test
  void aSweepDeletesTheDirectoriesOfDeadOwnersOnly() throws IOException {
    Path dead = Files.createDirectory(home.boxes().resolve("dead"));
    Files.writeString(dead.resolve(BoxDirectories.OWNER), "");
    Files.writeString(dead.resolve("disk"), "data");
    try (BoxDirectory alive = directories.create("alive")) {
      directories.sweep();
      assertThat(dead).doesNotExist();
      assertThat(alive.path()).exists();
    }
    Leftovers.assertNone(home);
  }

  @Test
  void closingTwiceAndAfterASweepIsHarmless() {
    BoxDirectory directory = directories.create("b1");
    directory.close();
    directories.sweep();
    directory.close();
    Leftovers.assertNone(home);
  }
}

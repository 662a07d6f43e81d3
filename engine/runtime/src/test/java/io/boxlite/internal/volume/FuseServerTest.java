package io.boxlite.internal.volume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.volume.FuseClient.Attr;
import io.boxlite.internal.volume.FuseClient.Reply;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Serves a directory of this machine to a client that is like a guest's kernel. */
class FuseServerTest {
  private static final long ROOT = Fuse.ROOT_ID;

  @TempDir private Path outside;
  private Path directory;
  private FuseClient client;

  @BeforeEach
  void open() throws IOException {
    directory = Files.createDirectory(outside.resolve("volume"));
    client = new FuseClient(directory, false);
  }

  @AfterEach
  void close() {
    client.close();
  }

  private Path file(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void agreesOnTheProtocol() {
    int offered = ~0;
    Reply reply = client.call(Fuse.INIT, 0, FuseClient.args().i(7, 37, 131072, offered)).ok();
    assertThat(reply.content().getInt(0)).isEqualTo(7);
    int flags = reply.content().getInt(12);
    assertThat(flags & Fuse.NO_OPEN_SUPPORT).isNotZero();
    assertThat(flags & (1 << 16)).as("a cache that delays writes").isZero();
    assertThat(reply.content().getInt(20)).isEqualTo(FuseServer.MAX_TRANSFER_BYTES);
    assertThat(reply.content().getShort(28) * 4096).isEqualTo(FuseServer.MAX_TRANSFER_BYTES);
    assertThat(client.call(Fuse.INIT, 0, FuseClient.args().i(7, 12, 0, offered)).errno())
        .isEqualTo(Errno.EPROTO);
    assertThat(client.call(14, ROOT, FuseClient.args().i(0, 0)).errno())
        .as("OPEN")
        .isEqualTo(Errno.ENOSYS);
  }

  @Test
  void readsAndWritesBeyondFourGibibytes() throws IOException {
    long far = 5L << 30;
    try (RandomAccessFile big = new RandomAccessFile(directory.resolve("big").toFile(), "rw")) {
      big.setLength(far);
    }
    long node = client.find("big");
    assertThat(client.attributes(node).size()).isEqualTo(far);
    assertThat(client.write(node, far + 10, "end", 0).ok().content().getInt(0)).isEqualTo(3);
    assertThat(client.read(node, far + 9, 100).ok().content().remaining()).isEqualTo(4);
    assertThat(Files.size(directory.resolve("big"))).isEqualTo(far + 13);
    assertThat(client.call(Fuse.LSEEK, node, FuseClient.args().l(0, 0).i(3, 0)).ok().content())
        .satisfies(found -> assertThat(found.getLong(0)).isGreaterThan(0));
  }

  @Test
  void makesRenamesAndRemoves() {
    long made = client.makeDirectory(ROOT, "d", 0755).ok().node();
    client.create(made, "f", 0640, 0).ok();
    long node = client.find("d/f");
    client.write(node, 0, "text", 0).ok();
    client.rename(ROOT, "d", ROOT, "e", 0).ok();
    assertThat(client.text(node)).as("below a renamed directory").isEqualTo("text");
    assertThat(directory.resolve("e/f")).hasContent("text");
    client.call(Fuse.LINK, ROOT, FuseClient.args().l(node).name("hard")).ok();
    client.call(Fuse.SYMLINK, ROOT, FuseClient.args().name("soft").name("e/f")).ok();
    assertThat(directory.resolve("soft")).isSymbolicLink();
    client.remove(made, "f").ok();
    client.call(Fuse.RMDIR, ROOT, FuseClient.args().name("e")).ok();
    assertThat(client.list(ROOT, true)).containsExactlyInAnyOrder(".", "..", "hard", "soft");
    assertThat(client.rename(ROOT, "hard", ROOT, "soft", 1).errno()).isEqualTo(Errno.EEXIST);
    client.rename(ROOT, "hard", ROOT, "soft", 2).ok();
    assertThat(directory.resolve("hard")).isSymbolicLink();
  }

  @Test
  void keepsARemovedFileForThoseWhoHaveItOpen() throws IOException {
    file("open", "one");
    file("replaced", "two");
    long open = client.find("open");
    long replaced = client.find("replaced");
    client.remove(ROOT, "open").ok();
    client.create(ROOT, "open", 0644, 0).ok();
    client.create(ROOT, "new", 0644, 0).ok();
    client.rename(ROOT, "new", ROOT, "replaced", 0).ok();
    client.files.open().closeUnused();
    assertThat(client.text(open)).isEqualTo("one");
    assertThat(client.text(replaced)).isEqualTo("two");
    client.write(open, 3, "!", 0).ok();
    assertThat(client.attributes(open).size()).isEqualTo(4);
    assertThat(directory.resolve("open")).isEmptyFile();
    assertThat(client.serve(Fuse.FORGET, open, FuseClient.args().l(1))).isNull();
    assertThat(client.call(Fuse.GETATTR, open, FuseClient.args()).errno()).isEqualTo(Errno.ESTALE);
  }

  @Test
  void appendsToTheEndWhereverThatIs() throws IOException {
    Path log = file("log", "a");
    long node = client.find("log");
    Files.writeString(log, "abcdef");
    client.write(node, 1, "X", Fuse.O_APPEND).ok();
    assertThat(log).hasContent("abcdefX");
  }

  @Test
  void takesNamesOfAnyBytes() throws Exception {
    byte[] name = {'a', (byte) 0xff, ' ', '\n', (byte) 0x80, '"'};
    client.call(Fuse.MKDIR, ROOT, FuseClient.args().i(0700, 0).name(name)).ok();
    assertThat(client.call(Fuse.LOOKUP, ROOT, FuseClient.args().name(name)).ok().node())
        .isNotZero();
    assertThat(client.list(ROOT, true)).contains("a\u00ff \n\u0080\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", ".", "a/b", "/etc", ""})
  void refusesNamesThatLeadElsewhere(String name) {
    assertThat(client.lookUp(ROOT, name).errno()).isEqualTo(Errno.EINVAL);
    assertThat(client.create(ROOT, name, 0644, 0).errno()).isEqualTo(Errno.EINVAL);
    assertThat(client.makeDirectory(ROOT, name, 0755).errno()).isEqualTo(Errno.EINVAL);
    assertThat(client.remove(ROOT, name).errno()).isEqualTo(Errno.EINVAL);
    assertThat(client.lookUp(ROOT, "x".repeat(256)).errno()).isEqualTo(Errno.ENAMETOOLONG);
  }

  @Test
  void followsNoLink() throws IOException {
    Files.writeString(outside.resolve("secret"), "secret");
    Files.createSymbolicLink(directory.resolve("up"), Path.of("../secret"));
    Files.createSymbolicLink(directory.resolve("out"), outside);
    long up = client.find("up");
    assertThat(client.attributes(up).mode() & 0170000).isEqualTo(0120000);
    assertThat(client.read(up, 0, 10).errno()).isEqualTo(Errno.EPERM);
    assertThat(client.write(up, 0, "x", 0).errno()).isEqualTo(Errno.EPERM);
    assertThat(client.create(ROOT, "up", 0644, 0).errno()).isEqualTo(Errno.EEXIST);
    assertThat(client.set(up, Fuse.FATTR_SIZE, 0, 0, 0, 0).errno()).isEqualTo(Errno.EPERM);
    client.set(up, Fuse.FATTR_MODE, 0, 0777, 0, 0).ok();
    long out = client.find("out");
    assertThat(client.lookUp(out, "secret").errno()).isNotZero();
    assertThat(client.create(out, "new", 0644, 0).errno()).isNotZero();
    assertThat(client.call(Fuse.READDIR, out, FuseClient.args().l(0, 0).i(4096, 0)).errno())
        .isNotZero();
    assertThat(outside.resolve("secret")).hasContent("secret");
    assertThat(outside.resolve("new")).doesNotExist();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(outside)))
        .isNotEqualTo("rwxrwxrwx");
  }

  @Test
  void isNotMisledByADirectoryThatBecomesALink() throws IOException {
    file("d/f", "inside");
    Files.createDirectories(outside.resolve("other"));
    Files.writeString(outside.resolve("other/f"), "outside");
    long node = client.find("d/f");
    long d = client.find("d");
    Files.move(directory.resolve("d"), directory.resolve("moved"));
    Files.createSymbolicLink(directory.resolve("d"), outside.resolve("other"));
    assertThat(client.read(node, 0, 100).errno()).isEqualTo(Errno.ESTALE);
    assertThat(client.lookUp(d, "f").errno()).isNotZero();
    assertThat(client.create(d, "g", 0644, 0).errno()).isNotZero();
    assertThat(client.remove(d, "f").errno()).isNotZero();
    assertThat(outside.resolve("other/f")).hasContent("outside");
  }

  @Test
  void opensNoDeviceFifoOrSocket() throws Exception {
    assertThat(new ProcessBuilder("mkfifo", directory + "/fifo").start().waitFor()).isZero();
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(directory.resolve("socket")));
      for (String name : List.of("fifo", "socket")) {
        long node = client.find(name);
        assertThat(client.read(node, 0, 10).errno()).as(name).isEqualTo(Errno.EPERM);
        assertThat(client.write(node, 0, "x", 0).errno()).as(name).isEqualTo(Errno.EPERM);
        assertThat(client.create(ROOT, name, 0644, 0).errno()).as(name).isEqualTo(Errno.EEXIST);
      }
    }
    for (int type : new int[] {0010000, 0020000, 0060000, 0140000}) {
      Reply made =
          client.call(Fuse.MKNOD, ROOT, FuseClient.args().i(type | 0644, 5, 0, 0).name("n"));
      assertThat(made.errno()).isEqualTo(Errno.EPERM);
    }
    client.call(Fuse.MKNOD, ROOT, FuseClient.args().i(0100640, 0, 0, 0).name("n")).ok();
    assertThat(directory.resolve("n")).isRegularFile();
  }

  @Test
  void setsNoBitsThatMeanSomethingOnTheHost() throws IOException {
    file("f", "");
    long node = client.find("f");
    for (int bits : new int[] {04755, 02755, 06000}) {
      assertThat(client.set(node, Fuse.FATTR_MODE, 0, bits, 0, 0).errno()).isEqualTo(Errno.EPERM);
      assertThat(client.create(ROOT, "new", bits, 0).errno()).isEqualTo(Errno.EPERM);
      assertThat(client.makeDirectory(ROOT, "new", bits).errno()).isEqualTo(Errno.EPERM);
    }
    assertThat(directory.resolve("new")).doesNotExist();
    client.set(node, Fuse.FATTR_MODE, 0, 0751, 0, 0).ok();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("f"))))
        .isEqualTo("rwxr-x--x");
    long made = client.makeDirectory(ROOT, "sticky", 01777).ok().node();
    assertThat(client.attributes(made).mode()).isEqualTo(0041777);
  }

  @Test
  void keepsOwnersThatDifferFromTheDefault() throws IOException {
    file("mine", "");
    Attr mine = client.attributes(client.find("mine"));
    assertThat(List.of(mine.uid(), mine.gid())).containsExactly(1000, 100);
    client.as(999, 998);
    long made = client.create(ROOT, "other", 0600, 0).ok().node();
    client.makeDirectory(ROOT, "d", 0700).ok();
    assertThat(client.attributes(made).uid()).isEqualTo(999);
    assertThat(client.attributes(client.find("d")).gid()).isEqualTo(998);
    assertThat(Files.getAttribute(directory.resolve("other"), "unix:uid"))
        .isEqualTo(Files.getAttribute(directory, "unix:uid"));
    try (FuseClient again = new FuseClient(directory, true)) {
      assertThat(again.attributes(again.find("other")).uid()).as("by another box").isEqualTo(999);
    }
    client.set(made, Fuse.FATTR_UID | Fuse.FATTR_GID, 0, 0, 1000, 100).ok();
    assertThat(Files.getFileStore(directory).supportsFileAttributeView("user")).isTrue();
    assertThat(
            Files.getFileAttributeView(
                    directory.resolve("other"),
                    java.nio.file.attribute.UserDefinedFileAttributeView.class)
                .list())
        .isEmpty();
    client.set(made, Fuse.FATTR_UID, 0, 0, 0, 0).ok();
    assertThat(client.attributes(made).uid()).isZero();
    assertThat(client.attributes(made).gid()).isEqualTo(100);
  }

  @Test
  void writesAndMarksAFileWhoseModeForbidsThatToItsOwner() {
    client.as(999, 998);
    long node = client.create(ROOT, "f", 0, 0).ok().node();
    client.files.open().closeUnused();
    client.write(node, 0, "text", 0).ok();
    client.set(node, Fuse.FATTR_UID, 0, 0, 998, 0).ok();
    client.files.open().closeUnused();
    assertThat(client.text(node)).isEqualTo("text");
    assertThat(client.attributes(node).mode()).isEqualTo(0100000);
  }

  @Test
  void refusesEveryChangeOfAReadOnlyVolume() throws IOException {
    Path file = file("f", "text");
    file("d/g", "");
    try (FuseClient reader = new FuseClient(directory, true)) {
      long node = reader.find("f");
      assertThat(reader.text(node)).isEqualTo("text");
      assertThat(reader.list(ROOT, true)).contains("f", "d");
      List<Reply> changes =
          List.of(
              reader.write(node, 0, "x", 0),
              reader.create(ROOT, "new", 0644, 0),
              reader.create(ROOT, "f", 0644, Fuse.O_TRUNC),
              reader.makeDirectory(ROOT, "new", 0755),
              reader.call(Fuse.MKNOD, ROOT, FuseClient.args().i(0100644, 0, 0, 0).name("new")),
              reader.call(Fuse.SYMLINK, ROOT, FuseClient.args().name("new").name("f")),
              reader.call(Fuse.LINK, ROOT, FuseClient.args().l(node).name("new")),
              reader.remove(ROOT, "f"),
              reader.call(Fuse.RMDIR, ROOT, FuseClient.args().name("d")),
              reader.rename(ROOT, "f", ROOT, "new", 0),
              reader.call(Fuse.RENAME, ROOT, FuseClient.args().l(1).name("f").name("new")),
              reader.set(node, Fuse.FATTR_MODE, 0, 0777, 0, 0),
              reader.set(node, Fuse.FATTR_SIZE, 0, 0, 0, 0),
              reader.set(node, Fuse.FATTR_UID, 0, 0, 5, 5),
              reader.set(node, Fuse.FATTR_MTIME, 0, 0, 0, 0),
              reader.call(Fuse.FALLOCATE, node, FuseClient.args().l(0, 0, 100).i(0, 0)),
              reader.call(Fuse.COPY_FILE_RANGE, node, FuseClient.args().l(0, 0, node, 0, 2, 2, 0)));
      assertThat(changes).allMatch(reply -> reply.errno() == Errno.EROFS);
    }
    assertThat(file).hasContent("text");
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("f", "d");
  }

  @Test
  void listsManyFiles() throws IOException {
    List<String> names = IntStream.range(0, 10_000).mapToObj(i -> "file-" + i).toList();
    for (String name : names) {
      Files.createFile(directory.resolve(name));
    }
    assertThat(client.list(ROOT, false)).hasSize(10_002).containsAll(names);
    assertThat(client.list(ROOT, true)).hasSize(10_002).doesNotHaveDuplicates();
    assertThat(client.files.nodes().size()).isEqualTo(10_001);
  }

  @Test
  void boundsWhatAGuestCanMakeItRemember() throws IOException {
    for (int i = 0; i < 20; i++) {
      file("f" + i, "");
    }
    try (FuseClient small = new FuseClient(directory, false, 11)) {
      assertThat(small.list(ROOT, true)).hasSize(22);
      assertThat(small.files.nodes().size()).isEqualTo(11);
      long failed = IntStream.range(0, 20).filter(i -> small.find("f" + i) < 0).count();
      assertThat(failed).isEqualTo(10);
    }
    for (int i = 0; i < 20; i++) {
      client.text(client.find("f" + i));
    }
    String deep = "d";
    long node = ROOT;
    Reply reply = client.makeDirectory(node, deep.repeat(200), 0755);
    for (int i = 0; reply.errno() == 0; i++) {
      assertThat(i).isLessThan(20);
      node = reply.node();
      reply = client.makeDirectory(node, deep.repeat(200), 0755);
    }
    assertThat(reply.errno()).isEqualTo(Errno.ENAMETOOLONG);
  }

  @Test
  void asksToForgetWhatWasFoundLongAgo() throws IOException {
    for (int i = 0; i < 9; i++) {
      file("d/f" + i, "");
    }
    try (FuseClient small = new FuseClient(directory, false, 12)) {
      assertThat(small.files.nodes().isCrowded()).isFalse();
      for (int i = 0; i < 9; i++) {
        small.find("d/f" + i);
      }
      assertThat(small.files.nodes().isCrowded()).isTrue();
      assertThat(names(small.files.nodes().forgetEldest(2))).containsExactly("f0", "f1");
      assertThat(names(small.files.nodes().forgetEldest(2))).containsExactly("f2", "f3");
    }
  }

  private static List<String> names(List<byte[]> notifications) {
    return notifications.stream().map(n -> new String(n, 32, n.length - 33, UTF_8)).toList();
  }

  @Test
  void reportsADirectoryThatIsGone() throws IOException {
    Path file = file("f", "text");
    long node = client.find("f");
    Files.delete(file);
    Files.delete(directory);
    assertThat(client.call(Fuse.GETATTR, ROOT, FuseClient.args()).errno()).isEqualTo(Errno.ESTALE);
    assertThat(client.lookUp(ROOT, "f").errno()).isEqualTo(Errno.ESTALE);
    assertThat(client.read(node, 0, 10).errno()).isEqualTo(Errno.ESTALE);
    assertThat(client.create(ROOT, "new", 0644, 0).errno()).isNotZero();
  }

  @Test
  void tellsAFileFromAnotherThatReplacesIt() throws IOException {
    Path file = file("f", "one");
    long node = client.find("f");
    Files.writeString(directory.resolve("new"), "two");
    Files.move(directory.resolve("new"), file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(client.read(node, 0, 10).errno()).isEqualTo(Errno.ESTALE);
    assertThat(client.find("f")).isNotEqualTo(node);
    assertThat(client.text(client.find("f"))).isEqualTo("two");
  }

  @Test
  void reportsTheFileSystem() {
    Reply reply = client.call(Fuse.STATFS, ROOT, FuseClient.args()).ok();
    long total = reply.content().getLong(0) * reply.content().getInt(40);
    assertThat(total).isEqualTo(directory.toFile().getTotalSpace());
    assertThat(reply.content().getInt(44)).isEqualTo(255);
  }

  @Test
  void closesAllFiles() throws IOException {
    for (int i = 0; i < 100; i++) {
      file("f" + i, "x");
      client.text(client.find("f" + i));
      client.remove(ROOT, "f" + i).ok();
    }
    client.close();
    try (var open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path each : open) {
        if (Files.isSymbolicLink(each)) {
          assertThat(Files.readSymbolicLink(each).toString()).doesNotContain(directory.toString());
        }
      }
    }
  }
}

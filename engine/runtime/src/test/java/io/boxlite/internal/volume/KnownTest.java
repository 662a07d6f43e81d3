package io.boxlite.internal.volume;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others change is found, and what the guest itself changes is not reported to it. */
class KnownTest {
  private static final long ROOT = Fuse.ROOT_ID;

  @TempDir private Path directory;
  private FuseClient client;

  @BeforeEach
  void open() {
    client = new FuseClient(directory, false);
  }

  @AfterEach
  void close() {
    client.close();
  }

  /** Returns the notifications of a check, by their codes: 2 for an inode, 3 for a name. */
  private List<Integer> changes() {
    List<Integer> codes = new ArrayList<>();
    client.files.known().check(message -> codes.add(code(message)));
    return codes;
  }

  private static int code(byte[] message) {
    ByteBuffer header = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(header.getInt(0)).isEqualTo(message.length);
    assertThat(header.getLong(8)).as("unique").isZero();
    return header.getInt(4);
  }

  @Test
  void findsWhatOthersChange() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "one");
    client.find("f");
    client.lookUp(ROOT, "none").ok();
    assertThat(changes()).isEmpty();
    Files.writeString(file, "changed");
    assertThat(changes()).containsExactly(Fuse.NOTIFY_INVAL_INODE);
    client.find("f");
    assertThat(changes()).isEmpty();
    Files.createFile(directory.resolve("none"));
    assertThat(changes()).containsExactly(Fuse.NOTIFY_INVAL_ENTRY);
    client.find("none");
    Files.writeString(directory.resolve("new"), "other");
    Files.move(directory.resolve("new"), file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(changes()).containsExactly(Fuse.NOTIFY_INVAL_ENTRY);
    client.find("f");
    Files.delete(file);
    assertThat(changes()).containsExactly(Fuse.NOTIFY_INVAL_ENTRY);
  }

  @Test
  void repeatsWhatTheGuestMayNotHaveKnownYet() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "one");
    client.find("f");
    Files.writeString(file, "changed");
    assertThat(changes()).hasSize(1);
    assertThat(changes()).hasSize(1);
  }

  @Test
  void findsAMovedDirectory() throws IOException {
    Files.createDirectory(directory.resolve("d"));
    Files.writeString(directory.resolve("d/f"), "");
    client.find("d/f");
    assertThat(changes()).isEmpty();
    Files.move(directory.resolve("d"), directory.resolve("e"));
    assertThat(changes()).containsExactly(Fuse.NOTIFY_INVAL_ENTRY, Fuse.NOTIFY_INVAL_ENTRY);
  }

  @Test
  void leavesOutWhatTheGuestChanges() throws IOException {
    Files.writeString(directory.resolve("removed"), "");
    Files.writeString(directory.resolve("renamed"), "");
    Files.writeString(directory.resolve("written"), "");
    client.find("removed");
    client.find("renamed");
    long written = client.find("written");
    client.lookUp(ROOT, "made").ok();
    long d = client.makeDirectory(ROOT, "d", 0755).ok().node();
    client.create(ROOT, "made", 0644, 0).ok();
    client.create(d, "below", 0644, 0).ok();
    client.remove(ROOT, "removed").ok();
    client.rename(ROOT, "renamed", d, "here", 0).ok();
    client.write(written, 0, "text", 0).ok();
    client.set(written, Fuse.FATTR_MODE, 0, 0600, 0, 0).ok();
    assertThat(changes()).isEmpty();
    Files.delete(directory.resolve("made"));
    assertThat(changes()).containsExactly(Fuse.NOTIFY_INVAL_ENTRY);
  }

  @Test
  void endsAfterAWhile() throws IOException {
    long[] now = {0};
    Known known = new Known(client.files, () -> now[0]);
    Node root = client.files.nodes().root();
    assertThat(known.tell(root, new byte[] {'a'}, null)).isEqualTo(Known.CHECKED_SECONDS);
    assertThat(known.isEmpty()).isFalse();
    now[0] = 1_000_000_000L * Known.CHECKED_SECONDS + 1;
    Files.createFile(directory.resolve("a"));
    assertThat(known.check(message -> {})).isZero();
    assertThat(known.isEmpty()).isTrue();
  }

  @Test
  void isBounded() {
    Known known = new Known(client.files, () -> 0);
    Node root = client.files.nodes().root();
    for (int i = 0; i < Known.MAX_CHECKED; i++) {
      assertThat(known.tell(root, ("f" + i).getBytes(), null)).isEqualTo(Known.CHECKED_SECONDS);
    }
    assertThat(known.tell(root, "more".getBytes(), null)).isEqualTo(Known.UNCHECKED_SECONDS);
    assertThat(known.tell(root, "f0".getBytes(), null)).isEqualTo(Known.CHECKED_SECONDS);
  }

  @Test
  void sendsTheOtherFilesOfADirectory() throws IOException {
    for (int i = 0; i < 20; i++) {
      Files.writeString(directory.resolve("f" + i), "content " + i);
    }
    Files.write(directory.resolve("large"), new byte[100_000]);
    client.list(ROOT, true);
    Neighbours neighbours = new Neighbours(client.files);
    List<byte[]> sent = new ArrayList<>();
    neighbours.sendAfter(client.find("f3"), sent::add, () -> true);
    assertThat(sent).as("after one file").isEmpty();
    neighbours.sendAfter(client.find("f4"), sent::add, () -> true);
    assertThat(sent).hasSize(19).allMatch(message -> code(message) == Fuse.NOTIFY_STORE);
    byte[] first = sent.get(0);
    ByteBuffer store = ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN);
    String text = new String(first, 40, store.getInt(32), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(text).isEqualTo(client.text(store.getLong(16))).startsWith("content ");
  }
}

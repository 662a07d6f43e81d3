package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.BoxFile;
import io.boxlite.BoxliteException;
import io.boxlite.FileAttributes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedFileTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void makeFiles() throws IOException {
    Files.createDirectory(directory.resolve("tree"));
    file = Files.writeString(directory.resolve("tree/a.txt"), "a");
    Files.createSymbolicLink(directory.resolve("tree/link"), Path.of("a.txt"));
  }

  private String treeDigest() {
    return digest(BoxFile.of(directory.resolve("tree"), "/t"));
  }

  private static String digest(BoxFile file) {
    return PreparedFile.of(file).digest();
  }

  @Test
  void isAnotherWhenContentModeNameOrLinkChanges() throws IOException {
    String before = treeDigest();
    Files.writeString(file, "b");
    String content = treeDigest();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    String executable = treeDigest();
    Files.move(file, file.resolveSibling("b.txt"));
    String renamed = treeDigest();
    Files.delete(directory.resolve("tree/link"));
    Files.createSymbolicLink(directory.resolve("tree/link"), Path.of("b.txt"));
    String linked = treeDigest();
    assertThat(List.of(before, content, executable, renamed, linked)).doesNotHaveDuplicates();
  }

  @Test
  void isTheSameWhateverTheUmaskWas() throws IOException {
    String before = treeDigest();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
    assertThat(treeDigest()).isEqualTo(before);
  }

  @Test
  void isAnotherWithAnotherTargetOrOwnerOrMode() {
    BoxFile plain = BoxFile.of(file, "/a");
    assertThat(
            Stream.of(
                    plain,
                    BoxFile.of(file, "/b"),
                    plain.attributes(FileAttributes.unchanged().owner("nobody")),
                    plain.attributes(FileAttributes.unchanged().mode(0600)))
                .map(PreparedFileTest::digest))
        .doesNotHaveDuplicates();
  }

  @Test
  void isTheSameForBytesAsForAFileOfThem() {
    assertThat(digest(BoxFile.of("a".getBytes(StandardCharsets.UTF_8), "/a")))
        .isEqualTo(digest(BoxFile.of(file, "/a")));
  }

  @Test
  void readsAFileOnceUntilItChanges() throws Exception {
    Path large = directory.resolve("large");
    try (RandomAccessFile sparse = new RandomAccessFile(large.toFile(), "rw")) {
      sparse.setLength(192 << 20);
    }
    Thread.sleep(2500); // what changed just now may change again within the clock's tick
    long begin = System.nanoTime();
    PreparedFile first = PreparedFile.of(BoxFile.of(large, "/large"));
    long once = System.nanoTime() - begin;
    begin = System.nanoTime();
    assertThat(PreparedFile.of(BoxFile.of(large, "/large"))).isEqualTo(first);
    assertThat(System.nanoTime() - begin).isLessThan(once / 4);
    assertThat(first.isUnchanged()).isTrue();
    Files.writeString(large, "short");
    assertThat(first.isUnchanged()).isFalse();
  }

  @Test
  void saysWhatCannotBeRead() {
    assertThatThrownBy(() -> digest(BoxFile.of(directory.resolve("none"), "/a")))
        .isInstanceOf(BoxliteException.class)
        .hasMessage(
            "cannot read %1$s for the box: %1$s does not exist or was removed",
            directory.resolve("none"));
  }
}

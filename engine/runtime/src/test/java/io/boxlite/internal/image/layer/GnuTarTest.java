package io.boxlite.internal.image.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxlite.internal.image.HostTool;
import io.boxlite.internal.image.erofs.ErofsReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that GNU tar made of real files, in each of its formats. */
class GnuTarTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"v7", "oldgnu", "gnu", "ustar", "pax"})
  void keepsWhatAFormatCanHold(String format) throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Files.writeString(tree.resolve("file"), "content");
    Files.createDirectories(tree.resolve("a/b/c"));
    Files.write(tree.resolve("a/b/c/large"), new byte[300_000]);
    Files.createSymbolicLink(tree.resolve("link"), Path.of("a/b"));
    Files.createLink(tree.resolve("hard"), tree.resolve("file"));
    if (!format.equals("v7")) {
      HostTool.run("mkfifo", tree.resolve("pipe"));
    }
    HostTool.run("chmod", "6711", tree.resolve("hard"));

    try (ErofsReader image = merge(tree, "--format=" + format)) {
      assertThat(image.get("file").text()).isEqualTo("content");
      assertThat(image.get("file").links).isEqualTo(2);
      assertThat(image.get("hard").permissions()).isEqualTo("6711");
      assertThat(image.get("a/b/c/large").content()).isEqualTo(new byte[300_000]);
      assertThat(image.get("link").text()).isEqualTo("a/b");
      assertThat(image.get("file").mtime)
          .isEqualTo(Files.getLastModifiedTime(tree.resolve("file")).toInstant().getEpochSecond());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"oldgnu", "gnu", "pax"})
  void keepsLongNamesAndTargets(String format) throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    String name = "n".repeat(255);
    String deep = "directory-with-a-name/".repeat(12);
    Files.createDirectories(tree.resolve(deep));
    Files.writeString(tree.resolve(deep + name), "deep");
    Files.createLink(tree.resolve("z-hard"), tree.resolve(deep + name));
    Files.createSymbolicLink(tree.resolve("symbolic"), Path.of("t".repeat(200) + "/x"));

    try (ErofsReader image = merge(tree, "--format=" + format, "--sort=name")) {
      assertThat(image.get(deep + name).text()).isEqualTo("deep");
      assertThat(image.get("z-hard").links).isEqualTo(2);
      assertThat(image.get("symbolic").text()).isEqualTo("t".repeat(200) + "/x");
    }
  }

  @ParameterizedTest
  @CsvSource({"oldgnu, 0.0", "gnu, 0.0", "pax, 0.0", "pax, 0.1", "pax, 1.0"})
  void keepsHolesAsHoles(String format, String version) throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Path sparse = tree.resolve("sparse");
    byte[] block = new byte[5000];
    new Random(4).nextBytes(block);
    // More regions than fit into the header, so that extensions are needed.
    try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
      for (int i = 0; i < 40; i++) {
        file.seek(i * 100_000L + i);
        file.write(block);
      }
      file.setLength(10_000_000);
    }
    HostTool.run("chmod", "4751", sparse);
    Files.writeString(tree.resolve("z-next"), "follows");

    try (ErofsReader image =
        merge(
            tree, "--format=" + format, "--sparse", "--sparse-version=" + version, "--sort=name")) {
      ErofsReader.Node node = image.get("sparse");
      assertThat(node.size).isEqualTo(10_000_000);
      assertThat(node.content()).isEqualTo(Files.readAllBytes(sparse));
      assertThat(node.isHole(50_000)).isTrue();
      assertThat(node.permissions()).isEqualTo("4751");
      assertThat(node.mtime)
          .isEqualTo(Files.getLastModifiedTime(sparse).toInstant().getEpochSecond());
      assertThat(image.get("z-next").text()).isEqualTo("follows");
      assertThat(image.blocks()).isLessThan(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gnu", "pax"})
  void takesATerabyteOfHolesForFree(String format) throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    long terabyte = 1L << 40;
    try (RandomAccessFile file = new RandomAccessFile(tree.resolve("huge").toFile(), "rw")) {
      file.setLength(terabyte);
      file.seek(terabyte / 2 + 12345);
      file.writeBytes("island");
    }
    try (RandomAccessFile file = new RandomAccessFile(tree.resolve("empty").toFile(), "rw")) {
      file.setLength(terabyte);
    }
    try (ErofsReader image = merge(tree, "--format=" + format, "--sparse")) {
      ErofsReader.Node node = image.get("huge");
      assertThat(node.size).isEqualTo(terabyte);
      assertThat(new String(node.content(terabyte / 2 + 12345, 6), UTF_8)).isEqualTo("island");
      assertThat(node.content(terabyte / 2 + 12345 + 6, 8192)).isEqualTo(new byte[8192]);
      assertThat(node.content(terabyte - 4096, 4096)).isEqualTo(new byte[4096]);
      assertThat(node.isHole(0)).isTrue();
      assertThat(image.get("empty").isHole(terabyte - 1)).isTrue();
    }
    String[] usage = HostTool.run("du", "--block-size=1", directory.resolve("image")).split("\t");
    assertThat(Long.parseLong(usage[0])).isLessThan(2 << 20);
  }

  @Test
  void keepsAttributesAndTimesToTheNanosecond() throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Path file = Files.writeString(tree.resolve("file"), "x");
    Files.getFileAttributeView(file, UserDefinedFileAttributeView.class)
        .write("origin", UTF_8.encode("a test"));
    HostTool.run("touch", "-d", "2001-02-03 04:05:06.123456789 UTC", file);

    try (ErofsReader image = merge(tree, "--format=pax", "--xattrs")) {
      assertThat(image.get("file").xattrs).containsEntry("user.origin", "a test");
      assertThat(image.get("file").mtime).isEqualTo(981173106);
      assertThat(image.get("file").nanos).isEqualTo(123456789);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gnu", "pax"})
  void keepsOwnersAndDevices(String format) throws IOException {
    assumeTrue(HostTool.isRoot(), "making devices needs root");
    Path tree = Files.createDirectory(directory.resolve("tree"));
    HostTool.run("mknod", tree.resolve("null"), "c", "1", "3");
    HostTool.run("mknod", tree.resolve("disk"), "b", "259", "70000");
    HostTool.run("chown", "3000000000:100000", tree.resolve("null"));

    try (ErofsReader image = merge(tree, "--format=" + format)) {
      assertThat(image.get("null").type()).isEqualTo('c');
      assertThat(image.get("null").device()).isEqualTo("1:3");
      assertThat(image.get("null").uid).isEqualTo(3_000_000_000L);
      assertThat(image.get("null").gid).isEqualTo(100_000);
      assertThat(image.get("disk").device()).isEqualTo("259:70000");
    }
  }

  @Test
  void takesAnIncrementalArchive() throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Files.writeString(tree.resolve("file"), "x");
    try (ErofsReader image =
        merge(tree, "--format=gnu", "--listed-incremental=" + directory.resolve("snapshot"))) {
      assertThat(image.paths()).containsExactly("file");
    }
  }

  private ErofsReader merge(Path tree, String... options) {
    Path archive = directory.resolve("archive.tar");
    Object[] command =
        Stream.of(new Object[] {"tar", "-C", tree, "-cf", archive}, options, new Object[] {"."})
            .flatMap(Arrays::stream)
            .toArray();
    HostTool.run(command);
    Path image = directory.resolve("image");
    Layer layer = new Layer("archive", -1, null, null, () -> Files.newInputStream(archive));
    LayerMerge.write(List.of(layer), false, Limits.DEFAULT, image, new byte[16]);
    HostTool.run("fsck.erofs", image);
    return new ErofsReader(image);
  }
}

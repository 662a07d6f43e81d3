package io.boxlite.internal.image.erofs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.HostTool;
import io.boxlite.internal.image.tar.SparseMap;
import io.boxlite.internal.image.tar.TarBuilder;
import io.boxlite.internal.image.tar.TarReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ErofsWriterTest {
  private static final Attributes PLAIN = new Attributes(0644, 0, 0, 0, 0, Map.of());

  @TempDir Path directory;

  @Test
  void writesAnEmptyImage() throws IOException {
    try (ErofsReader image = write(writer -> {})) {
      assertThat(image.paths()).isEmpty();
      assertThat(image.inodes()).isOne();
    }
  }

  @Test
  void keepsFilesOfAllSizesAroundABlock() throws IOException {
    int[] sizes = {0, 1, 31, 3071, 3072, 3073, 4032, 4095, 4096, 4097, 7168, 7169, 8192, 100_000};
    byte[] bytes = new byte[100_000];
    new Random(1).nextBytes(bytes);
    try (ErofsReader image =
        write(
            writer -> {
              for (int size : sizes) {
                put(writer, "f" + size, writer.file(PLAIN, size, new ByteArrayInputStream(bytes)));
              }
            })) {
      for (int size : sizes) {
        assertThat(image.get("f" + size).content()).isEqualTo(Arrays.copyOf(bytes, size));
      }
    }
  }

  @Test
  void sortsNamesAsBytesWithTheDotsAmongThem() throws IOException {
    String[] names = {"-", "+", "!", "a", "A", "..a", ".a", "\u00ff", "\u007f", "...", "a.b", "ab"};
    try (ErofsReader image =
        write(
            writer -> {
              for (String name : names) {
                put(writer, name, writer.fifo(PLAIN));
              }
            })) {
      assertThat(image.paths()).containsExactlyInAnyOrder(names);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 250, 400, 20_000})
  void spreadsLargeDirectoriesOverBlocks(int count) throws IOException {
    try (ErofsReader image =
        write(
            writer -> {
              for (int i = 0; i < count; i++) {
                String name = "n".repeat(i % 200) + i;
                put(writer, name, writer.file(PLAIN, 1, new ByteArrayInputStream(new byte[1])));
              }
            })) {
      assertThat(image.paths()).hasSize(count);
    }
  }

  @Test
  void keepsEverythingThatAnInodeSays() throws IOException {
    Attributes odd =
        new Attributes(07755, 4_294_967_295L, 70_000, -5, 999_999_999, Map.of("user.a", "1"));
    try (ErofsReader image =
        write(
            writer -> {
              put(writer, "c", writer.device(odd, FileType.CHARACTER_DEVICE, 4095, 1_048_575));
              put(writer, "b", writer.device(PLAIN, FileType.BLOCK_DEVICE, 8, 1));
              put(writer, "p", writer.fifo(odd));
              put(writer, "short", writer.symlink(odd, "target"));
              put(writer, "long", writer.symlink(PLAIN, "t".repeat(4095)));
              put(writer, "middle", writer.symlink(PLAIN, "t".repeat(4032)));
            })) {
      ErofsReader.Node device = image.get("c");
      assertThat(device.device()).isEqualTo("4095:1048575");
      assertThat(device.permissions()).isEqualTo("7755");
      assertThat(device.uid).isEqualTo(4_294_967_295L);
      assertThat(device.gid).isEqualTo(70_000);
      assertThat(device.mtime).isEqualTo(-5);
      assertThat(device.nanos).isEqualTo(999_999_999);
      assertThat(device.xattrs).containsOnly(Map.entry("user.a", "1"));
      assertThat(image.get("b").device()).isEqualTo("8:1");
      assertThat(image.get("b").type()).isEqualTo('b');
      assertThat(image.get("short").text()).isEqualTo("target");
      assertThat(image.get("long").text()).hasSize(4095);
      assertThat(image.get("middle").text()).hasSize(4032);
    }
  }

  @Test
  void keepsExtendedAttributesOfEveryNamespace() throws IOException {
    Map<String, String> xattrs = new LinkedHashMap<>();
    xattrs.put("security.capability", "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    xattrs.put("user.empty", "");
    xattrs.put("user." + "n".repeat(250), "v");
    xattrs.put("trusted.t", "\u00ff\0");
    xattrs.put("system.posix_acl_access", "acl");
    xattrs.put("system.posix_acl_default", "default");
    Map<String, String> unknown = new LinkedHashMap<>(xattrs);
    unknown.put("system.nfs4_acl", "not for Linux");
    unknown.put("com.apple.quarantine", "nor this");
    try (ErofsReader image =
        write(
            writer -> {
              Attributes all = new Attributes(0755, 0, 0, 0, 0, unknown);
              put(writer, "f", writer.file(all, 5, new ByteArrayInputStream(new byte[5])));
              writer.root().setAttributes(all);
              writer.directory(writer.root(), "d", all, 1);
            })) {
      assertThat(image.get("f").xattrs).isEqualTo(xattrs);
      assertThat(image.get("d").xattrs).isEqualTo(xattrs);
      assertThat(image.root().xattrs).isEqualTo(xattrs);
      assertThat(image.get("f").content()).hasSize(5);
    }
  }

  @Test
  void keepsAttributesThatDoNotFitIntoABlockOrTheSharedArea() throws IOException {
    Random random = new Random(2);
    Map<String, String> expected = new LinkedHashMap<>();
    try (ErofsReader image =
        write(
            writer -> {
              for (int i = 0; i < 40; i++) {
                byte[] value = new byte[65535];
                random.nextBytes(value);
                expected.put("f" + i, new String(value, ISO_8859_1));
                Attributes attributes =
                    new Attributes(0644, 0, 0, 0, 0, Map.of("user.x", expected.get("f" + i)));
                put(
                    writer,
                    "f" + i,
                    writer.file(attributes, 0, new ByteArrayInputStream(new byte[0])));
                put(writer, "l" + i, writer.symlink(attributes, "target"));
                writer.directory(writer.root(), "d" + i, attributes, 1);
              }
            })) {
      expected.forEach(
          (name, value) -> assertThat(image.get(name).xattrs).containsEntry("user.x", value));
      assertThat(image.get("l39").text()).isEqualTo("target");
    }
  }

  @Test
  void storesEqualAttributesOnce() throws IOException {
    Attributes labelled =
        new Attributes(0644, 0, 0, 0, 0, Map.of("security.selinux", "label".repeat(100)));
    try (ErofsReader image =
        write(
            writer -> {
              for (int i = 0; i < 1000; i++) {
                put(writer, "f" + i, writer.fifo(labelled));
              }
            })) {
      assertThat(image.blocks()).isLessThan(60);
      assertThat(image.get("f999").xattrs).containsKey("security.selinux");
    }
  }

  @Test
  void keepsMoreAttributesThanAnInodeCanShare() throws IOException {
    Map<String, String> many = new LinkedHashMap<>();
    for (int i = 0; i < 300; i++) {
      many.put("user.a" + i, "v" + i);
    }
    Attributes attributes = new Attributes(0644, 0, 0, 0, 0, many);
    try (ErofsReader image = write(writer -> put(writer, "p", writer.fifo(attributes)))) {
      assertThat(image.get("p").xattrs).isEqualTo(many);
    }
  }

  @Test
  void refusesAttributesThatLinuxCannotHave() {
    for (Map<String, String> bad :
        List.of(
            Map.of("user.x", "v".repeat(65536)),
            Map.of("user.", "v"),
            Map.of("user." + "n".repeat(251), "v"))) {
      assertThatExceptionOfType(ImageIntegrityException.class)
          .isThrownBy(() -> write(w -> w.fifo(new Attributes(0644, 0, 0, 0, 0, bad))).close())
          .withMessageContaining("the extended attribute \"user.");
    }
  }

  @Test
  void usesTheBlocksOfRemovedFilesAnew() throws IOException {
    byte[] mebibyte = new byte[1 << 20];
    new Random(3).nextBytes(mebibyte);
    try (ErofsReader image =
        write(
            writer -> {
              for (int i = 0; i < 50; i++) {
                DirectoryEntry there = writer.root().get("f");
                if (there != null) {
                  writer.remove(writer.root(), there);
                }
                mebibyte[0] = (byte) i;
                put(writer, "f", writer.file(PLAIN, 1 << 20, new ByteArrayInputStream(mebibyte)));
              }
            })) {
      assertThat(image.get("f").content()).isEqualTo(mebibyte);
      assertThat(image.blocks()).isLessThan(300);
    }
  }

  @Test
  void showsNothingOfRemovedFiles() throws IOException {
    byte[] old = new byte[1 << 20];
    Arrays.fill(old, (byte) 0xff);
    try (ErofsReader image =
        write(
            writer -> {
              put(writer, "old", writer.file(PLAIN, old.length, new ByteArrayInputStream(old)));
              writer.remove(writer.root(), Objects.requireNonNull(writer.root().get("old")));
              put(writer, "f", writer.file(PLAIN, 3500, new ByteArrayInputStream(new byte[3500])));
              TarReader sparse =
                  new TarReader(
                      new ByteArrayInputStream(
                          new TarBuilder()
                              .pax("GNU.sparse.map", "100,1,9000,1")
                              .pax("GNU.sparse.size", "10000")
                              .file("s", "ab")
                              .build()));
              SparseMap map =
                  Objects.requireNonNull(Objects.requireNonNull(sparse.next()).sparse());
              put(writer, "s", writer.sparseFile(PLAIN, 10_000, map, sparse));
            })) {
      assertThat(image.get("f").content()).containsOnly(0);
      byte[] expected = new byte[10_000];
      expected[100] = 'a';
      expected[9000] = 'b';
      assertThat(image.get("s").content()).isEqualTo(expected);
      assertThat(image.get("s").isHole(5000)).isTrue();
    }
  }

  @Test
  void writesTheSameBytesForTheSameFiles() throws IOException {
    Body body =
        writer -> {
          writer.directory(writer.root(), "d", PLAIN, 1);
          put(writer, "f", writer.file(PLAIN, 5000, new ByteArrayInputStream(new byte[5000])));
        };
    write(body).close();
    byte[] first = Files.readAllBytes(directory.resolve("image"));
    write(body).close();
    assertThat(Files.readAllBytes(directory.resolve("image"))).isEqualTo(first);
  }

  @Test
  void knowsItsImagesAgain() throws IOException {
    write(writer -> {}).close();
    Path file = directory.resolve("image");
    byte[] uuid = new byte[16];
    assertThat(ErofsWriter.isImage(file, uuid)).isTrue();
    assertThat(ErofsWriter.isImage(file, "another uuid 16 b".substring(0, 16).getBytes(ISO_8859_1)))
        .isFalse();
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    assertThat(ErofsWriter.isImage(file, uuid)).isFalse();
    bytes[1030]++;
    Files.write(file, bytes);
    assertThat(ErofsWriter.isImage(file, uuid)).isFalse();
    Files.write(file, new byte[10]);
    assertThat(ErofsWriter.isImage(file, uuid)).isFalse();
  }

  @Test
  void saysWhichFileCannotBeWritten() {
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> new ErofsWriter(directory.resolve("missing/image")))
        .withMessageContaining("missing/image");
  }

  /** Puts files into an image. */
  private interface Body {
    void fill(ErofsWriter writer) throws IOException;
  }

  private static void put(ErofsWriter writer, String name, Inode inode) {
    writer.put(writer.root(), name, inode, 1);
  }

  private ErofsReader write(Body body) throws IOException {
    Path file = directory.resolve("image");
    try (ErofsWriter writer = new ErofsWriter(file)) {
      body.fill(writer);
      writer.finish(new byte[16]);
    }
    HostTool.run("fsck.erofs", file);
    ErofsReader image = new ErofsReader(file);
    image.tree();
    return image;
  }
}

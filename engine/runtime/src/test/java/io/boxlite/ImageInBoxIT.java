package io.boxlite;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.internal.image.TestLayout;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.LayerHistory;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The guest's kernel reads every file of an image of odd files, and must see what the layers say.
 */
@Timeout(300)
class ImageInBoxIT {
  private static final String LIST =
      """
      cd /
      find a b c d e odd -exec stat -c '%n|%f|%u|%g|%Y' {} + 2>/dev/null
      find a b c d e odd ! -type d -exec stat -c '%n|%h|%s|%t:%T' {} + 2>/dev/null
      find a b c d e odd -type f -exec sha256sum {} + 2>/dev/null
      find a b c d e odd -type l -exec sh -c 'for l; do echo "$l -> $(readlink "$l")"; done' x {} +
      """;

  @TempDir Path directory;

  private final List<String> expected = new ArrayList<>();

  @Test
  void everyFileIsAsItsLayerSays() throws IOException {
    TestLayout layout = new TestLayout(directory.resolve("layout"));
    layout.layer(busybox()).layer(oddFiles()).layer(nodes());
    LayerHistory history = new LayerHistory(42, 5);
    history.layers().forEach(layout::layer);
    history.forEach(this::expect);
    layout.index(layout.manifest());

    try (Boxlite boxlite = Boxlite.open();
        LiteBox box =
            boxlite.create(
                BoxOptions.image("oci:" + directory.resolve("layout"))
                    .startTimeout(Duration.ofMinutes(2))
                    .build())) {
      ExecResult list = box.exec(Command.of("sh", "-c", LIST).timeout(Duration.ofMinutes(2)));
      assertThat(new String(list.stdoutBytes(), ISO_8859_1).lines())
          .containsExactlyInAnyOrderElementsOf(expected);

      ExecResult byName =
          box.exec(
              Command.of("sh", "-c", "cat /odd/directory/file-2999 \"/new\nline\"")
                  .timeout(Duration.ofMinutes(1)));
      assertThat(byName.stdout()).isEqualTo("2999newline");

      // Nobody in a box may open them, so they must be left out without an attempt to.
      Path nodes = directory.resolve("nodes");
      box.copyOut("/nodes", nodes);
      assertThat(nodes.toFile().list()).containsExactly("file");
      assertThatExceptionOfType(BoxliteException.class)
          .isThrownBy(() -> box.readFile("/nodes/null"))
          .withMessageEndingWith("/nodes/null: not a regular file");
    }
  }

  private static byte[] nodes() {
    TarBuilder tar = new TarBuilder().file("nodes/file", "x");
    for (char type : new char[] {'3', '4'}) {
      byte[] header = tar.header("nodes/" + (type == '3' ? "null" : "disk"), type, 0666, 0, "");
      TarBuilder.number(header, 329, 8, 1);
      TarBuilder.number(header, 337, 8, 3);
      tar.raw(TarBuilder.checked(header));
    }
    return tar.build();
  }

  private static byte[] busybox() throws IOException {
    try (InputStream archive =
        ImageInBoxIT.class.getResourceAsStream(
            "/io/boxlite/guest/linux-x86_64/default-image.tar")) {
      return Objects.requireNonNull(archive).readAllBytes();
    }
  }

  private byte[] oddFiles() {
    Builder odd = new Builder();
    odd.add("odd", '5', 0755, new byte[0], "");
    Random random = new Random(8);
    for (int size : new int[] {0, 1, 3072, 3073, 4095, 4096, 4097, 8192, 1_000_001}) {
      byte[] content = new byte[size];
      random.nextBytes(content);
      odd.add("odd/size-" + size, '0', 0644, content, "");
    }
    odd.add("odd/" + "n".repeat(251), '0', 06755, "long name".getBytes(UTF_8), "");
    odd.add("odd/caf\u00e9-\u00ff\u0080", '0', 0600, "not UTF-8".getBytes(UTF_8), "");
    odd.add("odd/-", '0', 0, "minus".getBytes(UTF_8), "");
    odd.add("odd/long link", '2', 0777, new byte[0], "t".repeat(4095));
    odd.add("odd/pipe", '6', 0640, new byte[0], "");
    String deep = "odd/deep";
    odd.add(deep, '5', 0755, new byte[0], "");
    for (int i = 0; i < 40; i++) {
      deep += "/" + "d".repeat(90);
      odd.add(deep, '5', 0700, new byte[0], "");
    }
    odd.add(deep + "/file", '0', 0644, "deep".getBytes(UTF_8), "");
    odd.add("odd/directory", '5', 01777, new byte[0], "");
    for (int i = 0; i < 3000; i++) {
      odd.add("odd/directory/file-" + i, '0', 0644, ("" + i).getBytes(UTF_8), "");
    }
    odd.addDevice("odd/null", '3', 1, 3);
    odd.addDevice("odd/disk", '4', 259, 70_000);
    odd.addSparse("odd/sparse", 3_000_000, 2_000_000, "island".getBytes(UTF_8));
    return odd.tar
        .owner(0, 0)
        // Its name would be two lines in the list.
        .file("new\nline", "newline")
        .build();
  }

  private void expect(
      String path, char type, int mode, long[] ids, long mtime, byte[] content, int links) {
    int raw = mode | (type == 'd' ? 0040000 : type == 'l' ? 0120000 : 0100000);
    inode(path, raw, ids[0], ids[1], mtime);
    if (type != 'd') {
      expected.add(path + "|" + links + "|" + content.length + "|0:0");
    }
    if (type == 'f') {
      expected.add(Digest.of(content).hex() + "  " + path);
    } else if (type == 'l') {
      expected.add(path + " -> " + new String(content, ISO_8859_1));
    }
  }

  private void inode(String path, int mode, long uid, long gid, long mtime) {
    expected.add(path + "|" + Integer.toHexString(mode) + "|" + uid + "|" + gid + "|" + mtime);
  }

  /** Builds the odd layer and what the box must print of it. */
  private final class Builder {
    private static final long MTIME = 1_700_000_000L;
    final TarBuilder tar = new TarBuilder();
    private long uid = 1;

    void add(String path, char type, int mode, byte[] content, String link) {
      uid = uid * 7 % 4_294_967_291L;
      tar.owner(uid, uid / 2).pax("path", path).pax("linkpath", link.isEmpty() ? "x" : link);
      tar.member("x", type, mode, content.length, "x").data(content);
      if (type == '6') {
        inode(path, 0010000 | mode, uid, uid / 2, MTIME);
        expected.add(path + "|1|0|0:0");
        return;
      }
      char kind = type == '5' ? 'd' : type == '2' ? 'l' : 'f';
      byte[] shown = kind == 'l' ? link.getBytes(ISO_8859_1) : content;
      expect(path, kind, mode, new long[] {uid, uid / 2}, MTIME, shown, 1);
    }

    void addDevice(String path, char type, long major, long minor) {
      byte[] header = tar.owner(0, 0).header(path, type, 0600, 0, "");
      TarBuilder.number(header, 329, 8, major);
      TarBuilder.number(header, 337, 8, minor);
      tar.raw(TarBuilder.checked(header));
      inode(path, (type == '3' ? 0020000 : 0060000) | 0600, 0, 0, MTIME);
      expected.add(path + "|1|0|" + Long.toHexString(major) + ":" + Long.toHexString(minor));
    }

    void addSparse(String path, int size, int offset, byte[] island) {
      tar.owner(0, 0)
          .pax("GNU.sparse.size", "" + size)
          .pax("GNU.sparse.map", offset + "," + island.length)
          .file(path, island);
      byte[] content = new byte[size];
      System.arraycopy(island, 0, content, offset, island.length);
      expect(path, 'f', 0644, new long[] {0, 0}, MTIME, content, 1);
    }
  }
}

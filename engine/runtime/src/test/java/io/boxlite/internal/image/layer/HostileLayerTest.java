package io.boxlite.internal.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.HostTool;
import io.boxlite.internal.image.erofs.ErofsReader;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers made to deceive or to exhaust, each with the right result or a clear error. */
class HostileLayerTest {
  @TempDir Path directory;

  private Path write(Limits limits, Layer layer) {
    Path file = directory.resolve("image.erofs");
    LayerMerge.write(List.of(layer), true, limits, file, new byte[16]);
    return file;
  }

  private Path write(TarBuilder tar) {
    byte[] archive = tar.build();
    Path file =
        write(
            Limits.DEFAULT,
            new Layer("it", archive.length, null, null, () -> new ByteArrayInputStream(archive)));
    HostTool.run("fsck.erofs", file);
    return file;
  }

  @Test
  void aPaxSizeGoesBeforeTheHeadersOwn() {
    TarBuilder tar = new TarBuilder();
    tar.pax("size", "5").member("a", '0', 0644, 100, "").data("12345".getBytes(ISO_8859_1));
    tar.pax("size", "3").member("b", '0', 0644, 0, "").data("678".getBytes(ISO_8859_1));
    try (ErofsReader image = new ErofsReader(write(tar.file("c", "9")))) {
      assertThat(image.get("a").text()).isEqualTo("12345");
      assertThat(image.get("b").text()).isEqualTo("678");
      assertThat(image.get("c").text()).isEqualTo("9");
    }
  }

  @Test
  void aPaxSizeThatHidesAMemberIsBelievedByAllReadersAlike() {
    byte[] hidden = new TarBuilder().file("hidden", "x").buildWithoutEnd();
    TarBuilder tar = new TarBuilder();
    tar.pax("size", "" + hidden.length).member("a", '0', 0644, 0, "").data(hidden);
    try (ErofsReader image = new ErofsReader(write(tar.file("b", "")))) {
      assertThat(image.paths()).containsExactly("a", "b");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1234567890", "0", "00000000000000000000000000000000", "-1", "1e9"})
  void namesOfDigitsAreNames(String digits) {
    try (ErofsReader image =
        new ErofsReader(write(new TarBuilder().pax("path", digits).file("x", "content")))) {
      assertThat(image.paths()).containsExactly(digits);
      assertThat(image.get(digits).text()).isEqualTo("content");
    }
    try (ErofsReader image =
        new ErofsReader(
            write(new TarBuilder().pax("linkpath", digits).symlink("link", "header")))) {
      assertThat(image.paths()).containsExactly("link -> " + digits);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 5000, 100_000})
  void namesThatAreTooLongAreRefused(int length) {
    for (String prefix : List.of("", "d/")) {
      TarBuilder tar = new TarBuilder().pax("path", prefix + "9".repeat(length)).file("x", "");
      assertThatExceptionOfType(ImageIntegrityException.class)
          .isThrownBy(() -> write(tar))
          .withMessageContaining("bytes; Linux allows")
          .satisfies(e -> assertThat(("" + e.getMessage()).length()).isLessThan(1500));
    }
  }

  @Test
  void setuidAndDevicesAreKeptForTheGuestAndDoNothingOnTheHost() {
    TarBuilder tar = new TarBuilder();
    tar.member("su", '0', 06755, 0, "");
    tar.raw(TarBuilder.checked(device(tar.header("mem", '3', 0600, 0, ""), 1, 1)));
    try (ErofsReader image = new ErofsReader(write(tar))) {
      assertThat(image.get("su").mode & 07777).isEqualTo(06755);
      assertThat(image.get("mem").mode & 0170000).isEqualTo(0020000);
    }
  }

  private static byte[] device(byte[] header, int major, int minor) {
    TarBuilder.octal(header, 329, 8, major);
    TarBuilder.octal(header, 337, 8, minor);
    return header;
  }

  @Test
  void aZstandardBombIsRefused() throws IOException {
    Path tar =
        Files.write(
            directory.resolve("bomb.tar"),
            new TarBuilder().file("zeros", new byte[8 << 20]).build());
    HostTool.run("zstd", "-q", "-19", tar);
    byte[] stored = Files.readAllBytes(directory.resolve("bomb.tar.zst"));
    assertThat(stored.length).isLessThan(10_000);
    Limits limits = new Limits(100, 1L << 40, 200, 1 << 20);
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(
            () ->
                write(
                    limits,
                    new Layer(
                        "it", stored.length, null, null, () -> new ByteArrayInputStream(stored))))
        .withMessageContaining("that is a decompression bomb");
    assertThat(Files.size(directory.resolve("image.erofs"))).isLessThan(4 << 20);
  }

  @Test
  void namesTakeNoMoreThanTheirShareOfTheHeap() {
    Limits limits = new Limits(5_000_000, 1L << 40, 200, 1L << 40, 1 << 20);
    for (String kind : List.of("names", "targets", "directories")) {
      assertThatExceptionOfType(ImageIntegrityException.class)
          .as(kind)
          .isThrownBy(() -> write(limits, endless(kind)))
          .withMessageContaining("take more than 1 MiB of memory, half of this JVM's heap");
    }
  }

  @Test
  void millionsOfEntriesAreToldInASmallHeap() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx48m",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                SmallHeap.class.getName(),
                directory.resolve("small.erofs").toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readString(directory.resolve("output")))
        .contains("names: endless cannot be used: the names of the image's files take more than")
        .contains("targets: endless cannot be used: the names of the image's files take more than")
        .contains("directories: endless cannot be used: the names of the image's files take more")
        .doesNotContain("OutOfMemoryError");
  }

  /** A JVM with a small heap, which must not run full. */
  static final class SmallHeap {
    private SmallHeap() {}

    public static void main(String[] arguments) {
      for (String kind : List.of("names", "targets", "directories")) {
        try {
          LayerMerge.write(
              List.of(endless(kind)), true, Limits.DEFAULT, Path.of(arguments[0]), new byte[16]);
        } catch (ImageIntegrityException e) {
          System.out.println(kind + ": " + e.getMessage());
        }
      }
    }
  }

  /** An archive of entries without end, made while it is read. */
  private static Layer endless(String kind) {
    return new Layer(
        "endless",
        -1,
        null,
        null,
        () ->
            new InputStream() {
              private byte[] member = {};
              private int at;
              private int count;

              @Override
              public int read() {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
              }

              @Override
              public int read(byte[] to, int offset, int length) {
                if (at == member.length) {
                  member = member(kind, count++);
                  at = 0;
                }
                int got = Math.min(length, member.length - at);
                System.arraycopy(member, at, to, offset, got);
                at += got;
                return got;
              }
            });
  }

  private static byte[] member(String kind, int number) {
    TarBuilder tar = new TarBuilder();
    String name = "n" + number;
    return switch (kind) {
      case "names" -> tar.file(name, "").buildWithoutEnd();
      case "targets" -> tar.pax("linkpath", "t".repeat(4000)).symlink(name, "x").buildWithoutEnd();
      default ->
          tar.pax("SCHILY.xattr.user.k" + number, "v".repeat(3000))
              .directory(name)
              .buildWithoutEnd();
    };
  }
}

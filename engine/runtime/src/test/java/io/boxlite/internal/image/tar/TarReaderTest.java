package io.boxlite.internal.image.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.ImageIntegrityException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {
  private final TarBuilder tar = new TarBuilder();

  @Test
  void readsMembersWithTheirData() throws IOException {
    TarReader reader = reader(tar.file("a", "one").directory("d/").file("d/b", "two!").build());

    TarEntry a = next(reader);
    assertThat(a.name()).isEqualTo("a");
    assertThat(a.kind()).isEqualTo(TarEntry.Kind.FILE);
    assertThat(a.size()).isEqualTo(3);
    assertThat(a.mode()).isEqualTo(0644);
    assertThat(new String(reader.readAllBytes(), UTF_8)).isEqualTo("one");
    assertThat(next(reader).kind()).isEqualTo(TarEntry.Kind.DIRECTORY);
    assertThat(next(reader).name()).isEqualTo("d/b");
    assertThat(reader.next()).isNull();
    assertThat(reader.sawEnd()).isTrue();
  }

  @Test
  void skipsDataThatIsNotRead() throws IOException {
    TarReader reader = reader(tar.file("a", new byte[100_000]).file("b", "b").build());

    next(reader);
    assertThat(reader.readNBytes(700)).hasSize(700);
    assertThat(next(reader).name()).isEqualTo("b");
  }

  @Test
  void keepsNamesThatAreNoUtf8() throws IOException {
    String name = "caf\u00e9-\u00ff\u0001";
    assertThat(next(reader(tar.file(name, "x").build())).name()).isEqualTo(name);
  }

  @Test
  void joinsThePrefixOfUstarWithTheName() throws IOException {
    byte[] header = tar.header("name", '0', 0644, 0, "");
    TarBuilder.text(header, 345, 155, "a/long/prefix");
    assertThat(next(reader(tar.raw(TarBuilder.checked(header)).build())).name())
        .isEqualTo("a/long/prefix/name");
  }

  @Test
  void takesTheSpareBytesOfAGnuHeaderForNoPrefix() throws IOException {
    byte[] header = tar.header("name", '0', 0644, 0, "");
    TarBuilder.text(header, 257, 8, "ustar  \0");
    TarBuilder.text(header, 345, 24, "1234567\00012345670000");
    assertThat(next(reader(tar.raw(TarBuilder.checked(header)).build())).name()).isEqualTo("name");
  }

  @Test
  void readsHeadersOfVersion7() throws IOException {
    byte[] file = tar.header("old", '\0', 0600, 0, "");
    byte[] directory = tar.header("older/", '\0', 0700, 0, "");
    for (byte[] header : List.of(file, directory)) {
      Arrays.fill(header, 257, 512, (byte) 0);
      tar.raw(TarBuilder.checked(header));
    }
    TarReader reader = reader(tar.build());
    assertThat(next(reader).kind()).isEqualTo(TarEntry.Kind.FILE);
    assertThat(next(reader).kind()).isEqualTo(TarEntry.Kind.DIRECTORY);
  }

  @Test
  void takesPaxRecordsOverTheHeader() throws IOException {
    String path = "d/" + "n".repeat(200);
    tar.pax("path", path)
        .pax("uid", "3000000000")
        .pax("gid", "70000")
        .pax("mtime", "1234567890.123456789")
        .pax("SCHILY.xattr.user.k", "v=\n\0w")
        .file("short", "x");
    TarReader reader = reader(tar.file("next", "y").build());

    TarEntry entry = next(reader);
    assertThat(entry.name()).isEqualTo(path);
    assertThat(entry.uid()).isEqualTo(3_000_000_000L);
    assertThat(entry.gid()).isEqualTo(70000);
    assertThat(entry.mtimeSeconds()).isEqualTo(1234567890);
    assertThat(entry.mtimeNanos()).isEqualTo(123456789);
    assertThat(entry.xattrs()).containsEntry("user.k", "v=\n\0w").hasSize(1);
    assertThat(next(reader).xattrs()).isEmpty();
  }

  @Test
  void roundsTimesBeforeTheEpochDown() throws IOException {
    TarEntry entry = next(reader(tar.pax("mtime", "-1.25").file("a", "").build()));
    assertThat(entry.mtimeSeconds()).isEqualTo(-2);
    assertThat(entry.mtimeNanos()).isEqualTo(750_000_000);

    TarEntry early = next(reader(new TarBuilder().pax("mtime", "-0.5").file("a", "").build()));
    assertThat(early.mtimeSeconds()).isEqualTo(-1);
    assertThat(early.mtimeNanos()).isEqualTo(500_000_000);
  }

  @Test
  void appliesGlobalRecordsUntilTheyAreOverridden() throws IOException {
    tar.global("uid", "1000").file("a", "").pax("uid", "2000").file("b", "").file("c", "");
    TarReader reader = reader(tar.global("uid", "").file("d", "").build());
    List<Long> owners = new ArrayList<>();
    for (TarEntry e = reader.next(); e != null; e = reader.next()) {
      owners.add(e.uid());
    }
    assertThat(owners).containsExactly(1000L, 2000L, 1000L, 0L);
  }

  @Test
  void readsNumbersOfBase256() throws IOException {
    byte[] header = tar.owner(4_000_000_000L, 2_100_000).header("a", '0', 0644, 0, "");
    TarBuilder.number(header, 136, 12, -3);
    TarEntry entry = next(reader(tar.raw(TarBuilder.checked(header)).build()));
    assertThat(entry.uid()).isEqualTo(4_000_000_000L);
    assertThat(entry.gid()).isEqualTo(2_100_000);
    assertThat(entry.mtimeSeconds()).isEqualTo(-3);
  }

  @Test
  void ignoresTheSizeOfWhatHasNoData() throws IOException {
    tar.member("d", '5', 0755, 1234, "").member("l", '1', 0644, 99, "a").file("a", "");
    TarReader reader = reader(tar.build());
    assertThat(next(reader).size()).isZero();
    assertThat(next(reader).kind()).isEqualTo(TarEntry.Kind.HARD_LINK);
    assertThat(next(reader).name()).isEqualTo("a");
  }

  @Test
  void endsAtTheEndOfAStreamWithoutMarker() throws IOException {
    TarReader reader = reader(tar.file("a", "x").buildWithoutEnd());
    next(reader);
    assertThat(reader.next()).isNull();
    assertThat(reader.sawEnd()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 501})
  void takesALastMemberWithoutItsPadding(int padding) throws IOException {
    byte[] whole = tar.file("a", new byte[600]).file("b", new byte[10]).buildWithoutEnd();
    TarReader reader = reader(Arrays.copyOf(whole, 2048 + 10 + padding));
    next(reader);
    assertThat(next(reader).name()).isEqualTo("b");
    assertThat(reader.readAllBytes()).hasSize(10);
    assertThat(reader.next()).isNull();
    assertThat(reader.next()).isNull();
    assertThat(reader.sawEnd()).isEqualTo(padding == 0);
  }

  @Test
  void takesNumbersBehindNuls() throws IOException {
    byte[] header = tar.header("a", '0', 0, 0, "");
    TarBuilder.text(header, 100, 8, "\0\0000644\0");
    assertThat(next(reader(tar.raw(TarBuilder.checked(header)).build())).mode()).isEqualTo(0644);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 511, 513, 600, 1023, 1025, 2000})
  void tellsWhereAnArchiveIsTruncated(int length) {
    byte[] whole = tar.file("a", new byte[600]).file("b", new byte[10]).buildWithoutEnd();
    assertCorrupt(Arrays.copyOf(whole, length), "truncated: it ends at offset " + length);
  }

  @Test
  void refusesAHeaderWithAWrongChecksum() {
    byte[] archive = tar.file("a", "x").build();
    archive[0] = 'b';
    assertCorrupt(archive, "header at offset 0 has checksum");
  }

  @Test
  void refusesWhatIsNoArchive() {
    assertCorrupt("#!/bin/sh\necho hello\n".repeat(100).getBytes(UTF_8), "offset 0");
  }

  @Test
  void refusesAnArchiveThatGoesOnAfterAZeroBlock() {
    assertCorrupt(
        tar.file("a", "x").raw(new byte[512]).file("b", "y").build(), "zeros at offset 1024");
  }

  @Test
  void refusesATypeThatNoFileSystemHas() {
    assertCorrupt(tar.member("part", 'M', 0644, 0, "").build(), "type 'M' for \"part\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "5 a=",
        "99 path=a\n",
        "0 path=a\n",
        "8 path=a\n",
        "7 path\n",
        "9999999999 a=b\n"
      })
  void refusesMalformedPaxRecords(String records) {
    byte[] bytes = records.getBytes(ISO_8859_1);
    tar.raw(tar.header("pax", 'x', 0644, bytes.length, "")).data(bytes).file("a", "x");
    assertCorrupt(tar.build(), "pax header at offset 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"size=-1", "size=1e9", "uid=x", "mtime=1.x", "mtime=", "path=a\0b"})
  void refusesPaxValuesThatMakeNoSense(String record) {
    int equals = record.indexOf('=');
    tar.pax(record.substring(0, equals), record.substring(equals + 1)).file("a", "x");
    if (record.equals("mtime=")) {
      // An empty value is none, which POSIX allows.
      assertThat(allNames(tar.build())).containsExactly("a");
    } else {
      assertCorrupt(tar.build(), "pax header at offset 0");
    }
  }

  @Test
  void refusesAHugePaxHeaderWithoutReadingIt() {
    tar.raw(tar.header("pax", 'x', 0644, 1L << 40, ""));
    assertCorrupt(tar.build(), "pax header of 1099511627776 bytes");
  }

  @Test
  void refusesSizesThatAreNegativeOrTooLarge() {
    byte[] negative = tar.header("a", '0', 0644, 0, "");
    TarBuilder.number(negative, 124, 12, -512);
    assertCorrupt(new TarBuilder().raw(TarBuilder.checked(negative)).build(), "has size -512");

    byte[] large = tar.header("a", '0', 0644, 0, "");
    Arrays.fill(large, 124, 136, (byte) 0x7f);
    large[124] = (byte) 0xbf;
    assertCorrupt(
        new TarBuilder().raw(TarBuilder.checked(large)).build(), "does not fit into 64 bits");
  }

  @Test
  void refusesASizeThatWouldOverflow() {
    byte[] archive = tar.pax("size", "" + Long.MAX_VALUE).file("a", "").file("b", "").build();
    assertCorrupt(archive, "before the 9223372036854775807 bytes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0,5,3,5",
        "0,5,100,6",
        "-1,5",
        "5",
        "0,99999999999999999999",
        "a,b",
        "0,5,9223372036854775807,5"
      })
  void refusesSparseMapsThatContradictTheMember(String map) {
    tar.pax("GNU.sparse.map", map).pax("GNU.sparse.size", "100").file("a", new byte[10]);
    assertThatThrownBy(() -> allNames(tar.build())).isInstanceOf(ImageIntegrityException.class);
  }

  private static TarReader reader(byte[] archive) {
    return new TarReader(new ByteArrayInputStream(archive));
  }

  private static TarEntry next(TarReader reader) throws IOException {
    return Objects.requireNonNull(reader.next());
  }

  private static List<String> allNames(byte[] archive) {
    List<String> names = new ArrayList<>();
    try {
      TarReader reader = reader(archive);
      for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
        names.add(entry.name());
        reader.readAllBytes();
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return names;
  }

  private static void assertCorrupt(byte[] archive, String message) {
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> allNames(archive))
        .withMessageContaining(message);
  }
}

package io.boxlite.internal.guest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RawNameTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"a", "a b", "%41", "?#", "größe", "\u00ff\u00fe", ".hidden", "...", "-"})
  void aNameIsTheSameBytesOnTheWayThereAndBack(String name) throws Exception {
    byte[] bytes = name.getBytes(name.startsWith("\u00ff") ? ISO_8859_1 : UTF_8);
    Path path = RawName.in(directory, bytes);
    assertThat(RawName.of(path)).isEqualTo(bytes);
    Files.createFile(path);
    try (var entries = Files.list(directory)) {
      assertThat(RawName.of(entries.findFirst().orElseThrow())).isEqualTo(bytes);
    }
  }

  @Test
  void aDirectorysNameHasNoSlash() throws Exception {
    Path path = Files.createDirectory(directory.resolve("sub"));
    assertThat(RawName.of(path)).isEqualTo("sub".getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/passwd", "../../up", "a/./b/../c", "x", "..", "a b", "%41", "/"})
  void aLinkLeadsWhereItLedBefore(String target) throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of(target));
    byte[] bytes = RawName.ofLink(Files.readSymbolicLink(link));
    assertThat(bytes).isEqualTo(target.getBytes(UTF_8));
    assertThat(RawName.path(bytes)).isEqualTo(Path.of(target));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "/", "a/b", "../up", "/etc", "nul\0byte"})
  void whatCouldLeadElsewhereIsNoName(String name) {
    assertThatExceptionOfType(ProtocolViolation.class)
        .isThrownBy(() -> RawName.in(directory, name.getBytes(UTF_8)))
        .withMessageContaining("as the name of a file");
  }

  @Test
  void aNameLongerThanLinuxAllowsIsNone() {
    assertThatExceptionOfType(ProtocolViolation.class)
        .isThrownBy(() -> RawName.in(directory, new byte[256]));
  }
}

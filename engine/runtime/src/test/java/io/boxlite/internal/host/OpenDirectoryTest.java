package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.BoxliteException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenDirectoryTest {
  @TempDir Path temp;

  @Test
  void itsFilesHaveShortPathsHoweverLongItsOwnIs() throws Exception {
    Path directory =
        Files.createDirectories(temp.resolve("x".repeat(200)).resolve("y".repeat(200)));
    try (OpenDirectory open = OpenDirectory.open(directory)) {
      Path file = open.shortPath("file");
      assertThat(file.toString()).hasSizeLessThan(40);
      Files.writeString(file, "here");
      assertThat(directory.resolve("file")).hasContent("here");
    }
  }

  @Test
  void aClosedOneHasNoPathsAndMayBeClosedAgain() {
    OpenDirectory open = OpenDirectory.open(temp);
    open.close();
    open.close();
    assertThatThrownBy(() -> open.shortPath("file"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(temp.toString());
  }

  @Test
  void aMissingDirectoryAndAFileAreErrorsThatNameThem() throws Exception {
    Path missing = temp.resolve("missing");
    assertThatThrownBy(() -> OpenDirectory.open(missing))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining(missing.toString());
    Path file = Files.writeString(temp.resolve("file"), "");
    assertThatThrownBy(() -> OpenDirectory.open(file))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining(file.toString());
  }
}

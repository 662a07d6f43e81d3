package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.BoxliteException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFolderTest {
  @TempDir Path temp;

  @Test
  void itsFilesHaveShortPathsHoweverLongItsOwnIs() throws Exception {
    Path folder = Files.createDirectories(temp.resolve("x".repeat(200)).resolve("y".repeat(200)));
    try (OpenFolder open = OpenFolder.open(folder)) {
      Path file = open.shortPath("file");
      assertThat(file.toString()).hasSizeLessThan(40);
      Files.writeString(file, "here");
      assertThat(folder.resolve("file")).hasContent("here");
    }
  }

  @Test
  void aClosedOneHasNoPathsAndMayBeClosedAgain() {
    OpenFolder open = OpenFolder.open(temp);
    open.close();
    open.close();
    assertThatThrownBy(() -> open.shortPath("file"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(temp.toString());
  }

  @Test
  void aMissingFolderAndAFileAreErrorsThatNameThem() throws Exception {
    Path missing = temp.resolve("missing");
    assertThatThrownBy(() -> OpenFolder.open(missing))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining(missing.toString());
    Path file = Files.writeString(temp.resolve("file"), "");
    assertThatThrownBy(() -> OpenFolder.open(file))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining(file.toString());
  }
}

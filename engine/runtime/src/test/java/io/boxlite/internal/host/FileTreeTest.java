package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTreeTest {
  @TempDir Path directory;

  @Test
  void deletesADirectoryWithAllThatIsInItAndNothingBehindALink() throws IOException {
    Path kept = Files.writeString(directory.resolve("kept"), "kept");
    Path tree = directory.resolve("tree");
    Files.createDirectories(tree.resolve("a/b"));
    Files.writeString(tree.resolve("a/file"), "gone");
    Files.createSymbolicLink(tree.resolve("link"), directory);
    FileTree.delete(tree);
    assertThat(tree).doesNotExist();
    assertThat(kept).hasContent("kept");
  }

  @Test
  void whatIsGoneAlreadyIsNoError() throws IOException {
    FileTree.delete(directory.resolve("missing"));
    assertThat(directory).isEmptyDirectory();
  }
}

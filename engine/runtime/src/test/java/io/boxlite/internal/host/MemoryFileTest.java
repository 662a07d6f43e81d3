package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryFileTest {
  @Test
  void isAFileOfZerosUntilItIsClosed() throws IOException {
    Path path;
    try (MemoryFile file = MemoryFile.create("test", 1 << 20)) {
      path = file.path();
      assertThat(Files.size(path)).isEqualTo(1 << 20);
      Files.write(path, new byte[] {1, 2, 3});
      assertThat(Files.readAllBytes(path)).startsWith(1, 2, 3);
      file.close();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void aSealedFileCanBeReadButNotChanged() throws IOException {
    byte[] content = "sealed".getBytes(StandardCharsets.UTF_8);
    try (MemoryFile file = MemoryFile.sealed("test", content)) {
      assertThat(file.path()).hasBinaryContent(content);
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> Files.write(file.path(), content, StandardOpenOption.WRITE))
          .withMessageContaining("Operation not permitted");
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> Files.write(file.path(), content, StandardOpenOption.APPEND));
      assertThat(file.path()).hasBinaryContent(content);
    }
  }

  @Test
  void aSealedCopyKeepsTheHoles(@TempDir Path directory) throws IOException {
    Path original = directory.resolve("original");
    try (RandomAccessFile out = new RandomAccessFile(original.toFile(), "rw")) {
      out.setLength(8 << 20);
      out.seek(5 << 20);
      out.write(1);
    }
    try (MemoryFile file = MemoryFile.sealed("test", original)) {
      assertThat(Files.mismatch(original, file.path())).isEqualTo(-1);
    }
  }
}

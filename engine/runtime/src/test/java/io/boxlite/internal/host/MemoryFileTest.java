package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

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
}

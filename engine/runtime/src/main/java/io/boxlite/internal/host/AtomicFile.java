package io.boxlite.internal.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Small files that readers see either as they were or as they are, never in between. */
public final class AtomicFile {
  private AtomicFile() {}

  /** Writes a text in UTF-8 to a file, replacing what it contained. */
  public static void write(Path file, String text) throws IOException {
    Path unfinished =
        Files.createTempFile(file.resolveSibling(""), file.getFileName() + ".", ".unfinished");
    try {
      try (FileChannel out = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        // The rename must not reach the disk before the contents do.
        out.force(true);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }
}

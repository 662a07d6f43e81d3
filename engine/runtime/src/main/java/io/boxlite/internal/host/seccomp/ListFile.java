package io.boxlite.internal.host.seccomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** Reads this package's resources. */
final class ListFile {
  private ListFile() {}

  static List<String> lines(String resource) {
    try (InputStream in = ListFile.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the engine's jar lacks " + resource);
      }
      return new String(in.readAllBytes(), UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

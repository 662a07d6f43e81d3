package io.boxlite;

import io.boxlite.internal.image.HostTool;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Programs for boxes that need more of the kernel than a shell can ask it for. */
final class CProgram {
  private CProgram() {}

  /**
   * Compiles a program into one that needs no libraries, with this machine's {@code gcc}.
   *
   * @param name of a source in the directory {@code programs} of the test resources, without {@code
   *     .c}
   * @param directory where the program is to be; it has the same name there
   */
  static Path compile(String name, Path directory) {
    Path source = directory.resolve(name + ".c");
    Path program = directory.resolve(name);
    try (InputStream text = CProgram.class.getResourceAsStream("/programs/" + name + ".c")) {
      Files.copy(Objects.requireNonNull(text, name), source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    HostTool.run("gcc", "-static", "-O1", "-o", program, source);
    return program;
  }
}

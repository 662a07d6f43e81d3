package io.boxlite;

import io.boxlite.internal.image.HostTool;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** Programs for boxes that need more of the kernel than a shell can ask it for. */
public final class CProgram {
  private CProgram() {}

  /**
   * Compiles a program into one that needs no libraries, with this machine's {@code gcc}.
   *
   * @param name of a source in the directory {@code programs} of the test resources, without {@code
   *     .c}
   * @param directory where the program is to be; it has the same name there
   */
  public static Path compile(String name, Path directory) {
    URL source = CProgram.class.getResource("/programs/" + name + ".c");
    Path program = directory.resolve(name);
    try {
      Path file = Path.of(Objects.requireNonNull(source, name).toURI());
      HostTool.run("gcc", "-static", "-O1", "-o", program, file);
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
    return program;
  }
}

package io.boxlite.samples;

import io.boxlite.Boxlite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The image of the samples: Python and BusyBox, made from Debian's packages. */
public final class PythonImage {
  /** The image's name in the store. */
  public static final String NAME = "samples/python:slim";

  /** The user in it that programs nobody trusts run as; its home is {@code /home/student}. */
  public static final String STUDENT = "student";

  private PythonImage() {}

  /**
   * Sees to it that the store has the image under {@link #NAME}. It is made once a machine, which
   * takes some seconds, and found again after that.
   *
   * @throws IllegalStateException when it cannot be made; what the script said is on standard error
   */
  public static void provide(Boxlite boxlite) {
    boxlite.images().importImage("rootfs:" + make(), NAME);
  }

  private static Path make() {
    Path script = script();
    try {
      Process process =
          new ProcessBuilder(script.toString()).redirectError(Redirect.INHERIT).start();
      process.getOutputStream().close();
      String path =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      int exitCode = process.waitFor();
      if (exitCode != 0) {
        throw new IllegalStateException(
            script + " exited with " + exitCode + "; what it said on standard error tells why");
      }
      return Path.of(path);
    } catch (IOException e) {
      throw new UncheckedIOException(script + " cannot be run; is bash installed?", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + script + " ran", e);
    }
  }

  /** Maven runs tests in the module's directory, an IDE perhaps in the repository's. */
  private static Path script() {
    Path inModule = Path.of("images/python.sh");
    Path script = Files.exists(inModule) ? inModule : Path.of("samples").resolve(inModule);
    if (!Files.exists(script)) {
      throw new IllegalStateException(
          inModule.toAbsolutePath() + " is not there; run this in the directory of the samples");
    }
    return script.toAbsolutePath();
  }
}

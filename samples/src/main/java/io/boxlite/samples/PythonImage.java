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

  /** The user that runs untrusted programs; its home directory is {@code /home/student}. */
  public static final String STUDENT = "student";

  private PythonImage() {}

  /**
   * Imports the image into the store as {@link #NAME}. The image is built once on each machine,
   * which takes some seconds, and reused after that.
   *
   * @throws IllegalStateException if the image cannot be built; the script's messages are on
   *     standard error
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
            script + " exited with " + exitCode + "; see its messages on standard error");
      }
      return Path.of(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + script + "; is bash installed?", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + script + " was running", e);
    }
  }

  /** Maven runs tests in the module's directory, an IDE may run them in the repository's. */
  private static Path script() {
    Path inModule = Path.of("images/python.sh");
    Path script = Files.exists(inModule) ? inModule : Path.of("samples").resolve(inModule);
    if (!Files.exists(script)) {
      throw new IllegalStateException(
          inModule.toAbsolutePath() + " does not exist; run this in the directory samples");
    }
    return script.toAbsolutePath();
  }
}

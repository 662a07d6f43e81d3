package io.boxlite.samples;

import io.boxlite.Boxlite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The images of the samples, made from Debian's packages. Each is built once on each machine, which
 * takes up to a minute, and reused after that.
 */
public final class DebianImages {
  /** Python. The user {@link #STUDENT} has a home directory, {@code /home/student}. */
  public static final String PYTHON = "samples/python:slim";

  /** The user that runs untrusted programs in {@link #PYTHON}. */
  public static final String STUDENT = "student";

  /** PostgreSQL, and the user {@code postgres} with the directory {@code /srv/postgres}. */
  public static final String POSTGRES = "samples/postgres:slim";

  /** Redis, and the user {@code redis} with the directory {@code /srv/redis}. */
  public static final String REDIS = "samples/redis:slim";

  /** nginx, and the user {@code www-data} with the directory {@code /srv/www}. */
  public static final String NGINX = "samples/nginx:slim";

  /** Git and lighttpd, and the user {@code git} with the directory {@code /srv/git}. */
  public static final String GIT = "samples/git:slim";

  /** Node.js and npm, and the user {@code node} with the directory {@code /home/node}. */
  public static final String NODE = "samples/node:slim";

  /** A JDK and Maven, and the user {@code maven} with the directory {@code /home/maven}. */
  public static final String MAVEN = "samples/maven:slim";

  private DebianImages() {}

  /**
   * Imports an image into the store.
   *
   * @param name one of the names in this class
   * @throws IllegalStateException if the image cannot be built; the script's messages are on
   *     standard error
   */
  public static void provide(Boxlite boxlite, String name) {
    boxlite.images().importImage("rootfs:" + make(script(name)), name);
  }

  /** Imports an image into the store that the boxes of tests are started from. */
  public static void provide(String name) {
    try (Boxlite boxlite = Boxlite.open()) {
      provide(boxlite, name);
    }
  }

  private static Path make(Path script) {
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
  private static Path script(String name) {
    String file = name.substring(name.indexOf('/') + 1, name.indexOf(':')) + ".sh";
    Path inModule = Path.of("images", file);
    Path script = Files.exists(inModule) ? inModule : Path.of("samples").resolve(inModule);
    if (!Files.exists(script)) {
      throw new IllegalStateException(
          inModule.toAbsolutePath() + " does not exist; run this in the directory samples");
    }
    return script.toAbsolutePath();
  }
}

package io.boxlite.internal.host;

import io.boxlite.BoxliteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a program and returns its output. */
public final class ProgramOutput {
  private static final long TIMEOUT_SECONDS = 20;

  private ProgramOutput() {}

  /**
   * Runs a program to its end.
   *
   * @return the last 64 KiB of its standard output and standard error
   * @throws BoxliteException when it fails or takes longer than 20 s
   */
  public static String of(List<String> argv) {
    String commandLine = String.join(" ", argv);
    try {
      Path directory = Files.createTempDirectory("boxlite-");
      try {
        return run(argv, commandLine, directory);
      } finally {
        FileTree.delete(directory);
      }
    } catch (IOException e) {
      throw new BoxliteException("cannot run `" + commandLine + "`: " + e, e);
    }
  }

  private static String run(List<String> argv, String commandLine, Path directory) {
    try (ChildProcess process = ChildProcess.start("host", argv, directory)) {
      int code = process.onExit().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      if (code != 0) {
        throw new BoxliteException(
            "`" + commandLine + "` failed with exit code " + code + ": " + process.outputTail());
      }
      return process.output();
    } catch (TimeoutException e) {
      throw new BoxliteException(
          "`" + commandLine + "` did not end within " + TIMEOUT_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while running `" + commandLine + "`", e);
    } catch (ExecutionException e) {
      throw new BoxliteException("cannot run `" + commandLine + "`: " + e.getCause(), e);
    }
  }
}

package io.boxlite.internal.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program of this host that the tests compare with: tar, erofs-utils, skopeo, umoci. */
public final class HostTool {
  private HostTool() {}

  /** Runs a program, which must succeed, and returns what it printed. */
  public static String run(Object... command) {
    List<String> words = List.of(command).stream().map(Object::toString).toList();
    try {
      Path output = Files.createTempFile("boxlite-test", ".out");
      try {
        Process process =
            new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
          assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("%s ends", words).isTrue();
        } finally {
          process.destroyForcibly();
        }
        String text = new String(Files.readAllBytes(output), UTF_8);
        assertThat(process.exitValue()).as("%s:%n%s", words, text).isZero();
        return text;
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new AssertionError(
          words.get(0)
              + " does not run; apt-get install erofs-utils skopeo umoci tar zstd: "
              + e.getMessage(),
          e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Whether this user may make devices and give files away. */
  public static boolean isRoot() {
    return run("id", "-u").strip().equals("0");
  }
}

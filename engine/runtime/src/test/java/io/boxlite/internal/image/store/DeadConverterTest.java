package io.boxlite.internal.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.internal.image.erofs.ErofsReader;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.source.RootfsArchive;
import io.boxlite.internal.image.source.SourceImage;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM is killed while it makes a root image. */
class DeadConverterTest {
  private static final byte[] ARCHIVE =
      new TarBuilder().file("first", new byte[3_000_000]).file("second", "2").build();

  @TempDir Path directory;

  /** The JVM that is killed: reads part of the archive, says so, and waits for more. */
  static final class Converter {
    private Converter() {}

    public static void main(String[] arguments) {
      @SuppressWarnings("InputStreamSlowMultibyteRead") // Each byte is to be waited for.
      InputStream neverEnding =
          new InputStream() {
            @Override
            public int read() throws IOException {
              System.out.println("reading");
              return System.in.read();
            }
          };
      rootImages(Path.of(arguments[0]))
          .rootImage(
              image(
                  () ->
                      new SequenceInputStream(
                          new ByteArrayInputStream(ARCHIVE, 0, 2_500_000), neverEnding)));
    }
  }

  @Test
  void theNextOneToAskMakesTheImage() throws Exception {
    killConverter();
    Path file =
        rootImages(directory).rootImage(image(() -> new ByteArrayInputStream(ARCHIVE))).path();
    try (ErofsReader root = new ErofsReader(file)) {
      assertThat(root.paths()).containsExactly("first", "second");
    }
    assertThat(files()).containsExactly(file.getFileName().toString());
  }

  @Test
  void theNextOneToOpenTheStoreDeletesTheRest() throws Exception {
    killConverter();
    rootImages(directory).deleteLeftovers();
    assertThat(files()).isEmpty();
  }

  private void killConverter() throws Exception {
    Process converter =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Converter.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      BufferedReader output = converter.inputReader(StandardCharsets.UTF_8);
      assertThat(output.readLine()).isEqualTo("reading");
      // While it lives, nobody takes its unfinished image away.
      rootImages(directory).deleteLeftovers();
      assertThat(files()).anyMatch(name -> name.endsWith(".unfinished"));
    } finally {
      converter.destroyForcibly();
      assertThat(converter.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(files()).anyMatch(name -> name.endsWith(".unfinished"));
    assertThat(files()).noneMatch(name -> name.endsWith(".erofs"));
  }

  private static RootImages rootImages(Path directory) {
    return new RootImages(directory, Limits.DEFAULT, () -> {});
  }

  private static SourceImage image(Layer.Blob blob) {
    return RootfsArchive.of("rootfs", ARCHIVE.length, Digest.of(ARCHIVE), blob);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.endsWith(".use"))
          .toList();
    }
  }
}

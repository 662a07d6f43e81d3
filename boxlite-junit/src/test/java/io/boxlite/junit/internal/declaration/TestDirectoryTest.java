package io.boxlite.junit.internal.declaration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TestDirectoryTest {
  private final @Nullable String before = System.getProperty("basedir");

  /** As Surefire does, here for tests of a module below the working directory. */
  @BeforeEach
  void runInAModule() {
    System.setProperty("basedir", Path.of("").toAbsolutePath().resolve("module").toString());
  }

  @AfterEach
  void reset() {
    if (before == null) {
      System.clearProperty("basedir");
    } else {
      System.setProperty("basedir", before);
    }
  }

  @Test
  void imagesAndFilesStartAtTheModule() {
    assertThat(TestDirectory.image("docker-archive:target/x.tar:judge:1"))
        .isEqualTo("docker-archive:module/target/x.tar:judge:1");
    assertThat(TestDirectory.image("python:slim")).isEqualTo("python:slim");
    assertThat(TestDirectory.resolve("cases.csv"))
        .isEqualTo(Path.of("module/cases.csv").toAbsolutePath());
    assertThat(TestDirectory.resolve("/cases.csv")).isEqualTo(Path.of("/cases.csv"));
  }

  @Test
  void withoutMavenTheyStartAtTheWorkingDirectory() {
    System.clearProperty("basedir");

    assertThat(TestDirectory.image("oci:img")).isEqualTo("oci:img");
    assertThat(TestDirectory.resolve("cases.csv").toAbsolutePath())
        .isEqualTo(Path.of("cases.csv").toAbsolutePath());
  }
}

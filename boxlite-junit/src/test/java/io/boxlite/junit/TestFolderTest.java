package io.boxlite.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TestFolderTest {
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
    assertThat(TestFolder.image("docker-archive:target/x.tar:judge:1"))
        .isEqualTo("docker-archive:module/target/x.tar:judge:1");
    assertThat(TestFolder.image("python:slim")).isEqualTo("python:slim");
    assertThat(TestFolder.resolve("cases.csv"))
        .isEqualTo(Path.of("module/cases.csv").toAbsolutePath());
    assertThat(TestFolder.resolve("/cases.csv")).isEqualTo(Path.of("/cases.csv"));
  }

  @Test
  void withoutMavenTheyStartAtTheWorkingDirectory() {
    System.clearProperty("basedir");

    assertThat(TestFolder.image("oci:img")).isEqualTo("oci:img");
    assertThat(TestFolder.resolve("cases.csv").toAbsolutePath())
        .isEqualTo(Path.of("cases.csv").toAbsolutePath());
  }
}

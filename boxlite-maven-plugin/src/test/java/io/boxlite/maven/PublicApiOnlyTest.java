package io.boxlite.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PublicApiOnlyTest {
  @Test
  void usesNoInternalClassOfTheEngine() throws Exception {
    Path classes =
        Path.of(DoctorMojo.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> all = Files.walk(classes.resolve("io/boxlite/maven"))) {
      List<Path> files = all.filter(file -> file.toString().endsWith(".class")).toList();
      assertThat(files).isNotEmpty();
      for (Path file : files) {
        // The constant pool names every class that a class uses.
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain("io/boxlite/internal/");
      }
    }
  }
}

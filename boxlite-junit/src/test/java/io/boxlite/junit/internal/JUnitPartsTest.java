package io.boxlite.junit.internal;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JUnitPartsTest {
  private static final Map<String, String> CLASSES =
      Map.of(
          "junit-platform-commons", "org/junit/platform/commons/JUnitException",
          "junit-platform-engine", "org/junit/platform/engine/TestEngine",
          "junit-platform-launcher", "org/junit/platform/launcher/Launcher",
          "junit-jupiter-api", "org/junit/jupiter/api/Test",
          "junit-jupiter-params", "org/junit/jupiter/params/ParameterizedTest",
          "junit-jupiter-engine", "org/junit/jupiter/engine/JupiterTestEngine");

  @TempDir Path directory;

  @Test
  void theClassPathOfThisVeryTestIsFine() {
    JUnitParts.requireAligned(JUnitPartsTest.class.getClassLoader());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "commons 1.13.4, platform-engine 1.13.4, launcher 1.13.4, api 5.13.4, params 5.13.4, engine"
            + " 5.13.4",
        "commons 6.1.3, platform-engine 6.1.3, launcher 6.1.3, api 6.1.3, params 6.1.3, engine"
            + " 6.1.3",
        "commons 1.13.4, platform-engine 1.13.3, launcher 1.13.0, api 5.13.1, engine 5.13.4",
        "commons 1.14.4, platform-engine 1.14.4, launcher 1.12.2, api 5.13.4, engine 5.13.4",
        "api 5.12.0",
        "api 6.0.0-RC1, engine 6.0.0-RC1",
        "",
      })
  void takesWhatWorksTogether(String parts) {
    assertThatCode(() -> check(parts)).doesNotThrowAnyException();
  }

  @Test
  void refusesAnApiThatIsOlderThanItsEngine() {
    refuses(
        "commons 1.14.4, platform-engine 1.14.4, api 5.13.4, params 5.14.4, engine 5.14.4",
        "the class path has artifacts of incompatible versions of JUnit: junit-jupiter-params"
            + " 5.14.4 does not work with junit-jupiter-api 5.13.4; junit-jupiter-engine 5.14.4"
            + " does not work with junit-jupiter-api 5.13.4. Import org.junit:junit-bom of one"
            + " version in");
  }

  @Test
  void refusesPartsOfSixBesidePartsOfFive() {
    refuses(
        "commons 6.1.3, platform-engine 1.13.4, api 6.1.3, engine 6.1.3",
        "the class path has artifacts of incompatible versions of JUnit: junit-platform-engine"
            + " 1.13.4 does not work with junit-platform-commons 6.1.3; junit-jupiter-engine 6.1.3"
            + " does not work with junit-platform-engine 1.13.4. ");
  }

  @Test
  void refusesAJUnitThatIsTooOldForTheExtension() {
    refuses(
        "commons 1.11.4, platform-engine 1.11.4, api 5.11.4, engine 5.11.4",
        "boxlite-junit needs JUnit 5.12 or later, but the class path has ");
  }

  private void refuses(String parts, String message) {
    assertThatIllegalStateException()
        .isThrownBy(() -> check(parts))
        .withMessageStartingWith(message)
        .withMessageContaining(directory.toString());
  }

  /** Checks a class path of jars as JUnit's are. */
  private void check(String parts) throws IOException {
    List<URL> jars = new ArrayList<>();
    for (String part : parts.isEmpty() ? new String[0] : parts.split(", ")) {
      String name = part.substring(0, part.indexOf(' '));
      String artifact =
          switch (name) {
            case "api", "params", "engine" -> "junit-jupiter-" + name;
            case "platform-engine" -> "junit-platform-engine";
            default -> "junit-platform-" + name;
          };
      jars.add(jar(artifact, part.substring(part.indexOf(' ') + 1)));
    }
    try (URLClassLoader classPath = new URLClassLoader(jars.toArray(URL[]::new), null)) {
      JUnitParts.requireAligned(classPath);
    }
  }

  private URL jar(String artifact, String version) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.IMPLEMENTATION_VENDOR, "junit.org");
    manifest.getMainAttributes().put(Attributes.Name.IMPLEMENTATION_VERSION, version);
    Path file = directory.resolve(artifact + "-" + version + ".jar");
    try (OutputStream out = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(out, manifest)) {
      jar.putNextEntry(new JarEntry(CLASSES.get(artifact) + ".class"));
    }
    return file.toUri().toURL();
  }
}

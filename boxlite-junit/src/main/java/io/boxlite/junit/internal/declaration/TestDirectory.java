package io.boxlite.junit.internal.declaration;

import io.boxlite.ImageSource;
import java.nio.file.Path;

/**
 * Where the relative paths of tests start: at the directory of the module, which Maven's test
 * plugins tell in a system property, wherever they run the JVM; else at the working directory.
 */
final class TestDirectory {
  private static final String PROPERTY = "basedir";

  private TestDirectory() {}

  static Path resolve(String path) {
    return Path.of(System.getProperty(PROPERTY, "")).resolve(path);
  }

  /** The same image for this JVM. */
  static String image(String reference) {
    return ImageSource.resolve(resolve(""), reference);
  }
}

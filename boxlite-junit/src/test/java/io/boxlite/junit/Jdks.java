package io.boxlite.junit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** The JDKs of this machine, where they are usually found. */
final class Jdks {
  private Jdks() {}

  /** One of this version. */
  static Optional<Path> find(int version) throws IOException {
    for (Path candidate : candidates(version).toList()) {
      Path release = candidate.resolve("release");
      if (Files.isExecutable(candidate.resolve("bin/java"))
          && Files.isReadable(release)
          && Files.readString(release).contains("JAVA_VERSION=\"" + version)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  private static Stream<Path> candidates(int version) throws IOException {
    Stream<Path> named =
        Stream.of("JAVA_HOME_" + version + "_X64", "JAVA" + version + "_HOME", "JAVA_HOME")
            .map(System::getenv)
            .filter(Objects::nonNull)
            .map(Path::of);
    Path home = Path.of(System.getProperty("user.home"));
    return Stream.concat(
        named,
        Stream.concat(
            below(Path.of("/usr/lib/jvm")),
            Stream.concat(
                below(home.resolve(".sdkman/candidates/java")), below(home.resolve(".jdks")))));
  }

  private static Stream<Path> below(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return Stream.empty();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList().stream();
    }
  }
}

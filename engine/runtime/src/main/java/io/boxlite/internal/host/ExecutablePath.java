package io.boxlite.internal.host;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks up programs as a shell does. */
public final class ExecutablePath {
  /** Directories of programs that are often missing from a user's {@code PATH}. */
  private static final List<Path> USUAL_DIRECTORIES =
      List.of(Path.of("/usr/local/bin"), Path.of("/usr/bin"), Path.of("/bin"));

  private ExecutablePath() {}

  /**
   * Returns the first executable file of that name in {@code PATH}, then in the usual directories.
   */
  public static Optional<Path> find(String name) {
    String path = System.getenv().getOrDefault("PATH", "");
    Stream<Path> searched =
        Arrays.stream(path.split(File.pathSeparator, -1))
            .filter(directory -> directory.startsWith("/"))
            .map(Path::of);
    return Stream.concat(searched, USUAL_DIRECTORIES.stream())
        .map(directory -> directory.resolve(name))
        .filter(ExecutablePath::isExecutable)
        .findFirst();
  }

  /** Returns whether a path is a regular file that this process may execute. */
  public static boolean isExecutable(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }
}

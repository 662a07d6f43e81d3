package io.boxlite.internal.host;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds programs as a shell does. */
public final class ExecutablePath {
  /** Where programs are that a user's search path often leaves out. */
  private static final List<Path> USUAL_FOLDERS =
      List.of(Path.of("/usr/local/bin"), Path.of("/usr/bin"), Path.of("/bin"));

  private ExecutablePath() {}

  /** The first program of that name on the search path, then in the usual directories. */
  public static Optional<Path> find(String name) {
    String path = System.getenv().getOrDefault("PATH", "");
    Stream<Path> searched =
        Arrays.stream(path.split(File.pathSeparator, -1))
            .filter(directory -> directory.startsWith("/"))
            .map(Path::of);
    return Stream.concat(searched, USUAL_FOLDERS.stream())
        .map(directory -> directory.resolve(name))
        .filter(ExecutablePath::isExecutable)
        .findFirst();
  }

  public static boolean isExecutable(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }
}

package io.boxlite;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the names of files in options that are read from text: relative paths against a
 * directory, and resources on a class path. Immutable.
 */
public final class OptionContext {
  private final Path directory;
  private final @Nullable ClassLoader classPath;

  private OptionContext(Path directory, @Nullable ClassLoader classPath) {
    this.directory = directory;
    this.classPath = classPath;
  }

  /** Returns a context that resolves relative paths against a directory, without a class path. */
  public static OptionContext of(Path directory) {
    return new OptionContext(directory, null);
  }

  /** Returns a copy that finds {@code classpath:} resources with a class loader. */
  public OptionContext classPath(ClassLoader classPath) {
    return new OptionContext(directory, classPath);
  }

  /** Returns the directory that relative paths are resolved against. */
  public Path directory() {
    return directory;
  }

  /** Returns the class loader that finds resources, if there is a class path. */
  public Optional<ClassLoader> classPath() {
    return Optional.ofNullable(classPath);
  }
}

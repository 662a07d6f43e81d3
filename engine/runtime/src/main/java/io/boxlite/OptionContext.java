package io.boxlite;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What text that names files refers to: a directory, and perhaps a class path. Immutable. */
public final class OptionContext {
  private final Path directory;
  private final @Nullable ClassLoader classPath;

  private OptionContext(Path directory, @Nullable ClassLoader classPath) {
    this.directory = directory;
    this.classPath = classPath;
  }

  /** Resolves relative paths against a directory, and has no class path. */
  public static OptionContext of(Path directory) {
    return new OptionContext(directory, null);
  }

  /** Returns a copy that finds {@code classpath:} resources with a class loader. */
  public OptionContext classPath(ClassLoader classPath) {
    return new OptionContext(directory, classPath);
  }

  /** The directory that relative paths start from. */
  public Path directory() {
    return directory;
  }

  /** Finds resources, if there is a class path. */
  public Optional<ClassLoader> classPath() {
    return Optional.ofNullable(classPath);
  }
}

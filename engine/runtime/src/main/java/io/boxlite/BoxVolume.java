package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory of this machine, or a named volume, that a box has mounted while it runs; see {@link
 * BoxOptions.Builder#volumes}. Immutable.
 */
public final class BoxVolume {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
  private static final String READ_ONLY = ":ro";
  private static final String READ_WRITE = ":rw";
  private static final String SHARED = ":shared";

  private final @Nullable Path directory;
  private final String name;
  private final String path;
  private final VolumeMode mode;

  private BoxVolume(@Nullable Path directory, String name, String path, VolumeMode mode) {
    this.directory = directory;
    this.name = name;
    this.path = MountPath.check("volume path", path);
    this.mode = Objects.requireNonNull(mode, "mode");
  }

  /**
   * Returns a directory of this machine as a volume.
   *
   * @param directory the directory, which must exist when a box with it is created; a symbolic link
   *     to one is followed
   * @param path where the box has it: an absolute path, which is created if it is missing
   * @throws IllegalArgumentException if nothing can be mounted at the path
   */
  public static BoxVolume of(Path directory, String path, VolumeMode mode) {
    return new BoxVolume(directory.toAbsolutePath().normalize(), "", path, mode);
  }

  /**
   * Returns a named volume, which outlives the box and is created when a box first uses it; see
   * {@link Boxlite#volumes()}.
   *
   * @param name 1 to 64 letters, digits, {@code _}, {@code .} and {@code -}, the first a letter or
   *     digit
   * @param path where the box has it: an absolute path, which is created if it is missing
   * @throws IllegalArgumentException if the name is invalid, or nothing can be mounted at the path
   */
  public static BoxVolume named(String name, String path, VolumeMode mode) {
    return new BoxVolume(null, checkName(name), path, mode);
  }

  /** Returns a valid name of a volume, or throws an exception that says what is valid. */
  static String checkName(String name) {
    return OptionText.matching(
            "volume name",
            NAME,
            "1 to 64 letters, digits, '_', '.' and '-', the first a letter or digit")
        .apply(name);
  }

  /**
   * Reads {@code SOURCE:PATH[:ro|:rw|:shared]}. The source is a directory if it has a slash or
   * begins with a dot, and otherwise the name of a volume.
   *
   * @throws IllegalArgumentException if the text has another form; the message says what is wrong
   */
  static BoxVolume read(String text, OptionContext context) {
    String written =
        Stream.of(READ_ONLY, READ_WRITE, SHARED).filter(text::endsWith).findFirst().orElse("");
    String rest = text.substring(0, text.length() - written.length());
    int colon = rest.lastIndexOf(":/");
    if (colon < 1) {
      throw new IllegalArgumentException(
          entry(text)
              + " must be of the form \"DIRECTORY:/PATH\" or \"NAME:/PATH\", with \":ro\" behind it"
              + " if the box may only read");
    }
    String source = rest.substring(0, colon);
    String path = rest.substring(colon + 1);
    if (path.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          entry(text)
              + " ends with \""
              + path.substring(path.indexOf(':'))
              + "\"; the mode must be"
              + " \":ro\", \":rw\" or \":shared\"");
    }
    VolumeMode mode =
        switch (written) {
          case READ_ONLY -> VolumeMode.READ_ONLY;
          case SHARED -> VolumeMode.SHARED;
          default -> VolumeMode.READ_WRITE;
        };
    try {
      return source.indexOf('/') >= 0 || source.startsWith(".")
          ? of(context.directory().resolve(source), path, mode)
          : named(source, path, mode);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(entry(text) + " names no directory: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(entry(text) + ": " + e.getMessage(), e);
    }
  }

  private static String entry(String text) {
    return "volumes entry \"" + Arguments.shown(text) + "\"";
  }

  /** Returns the directory on this machine; empty for a named volume. */
  public Optional<Path> directory() {
    return Optional.ofNullable(directory);
  }

  /** Returns the name; empty for a directory of this machine. */
  public Optional<String> name() {
    return directory == null ? Optional.of(name) : Optional.empty();
  }

  /** Returns the absolute path in the box. */
  public String path() {
    return path;
  }

  /** Returns what the box may do with it. */
  public VolumeMode mode() {
    return mode;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BoxVolume volume
        && Objects.equals(directory, volume.directory)
        && name.equals(volume.name)
        && path.equals(volume.path)
        && mode == volume.mode;
  }

  @Override
  public int hashCode() {
    return Objects.hash(directory, name, path, mode);
  }

  /** Returns the text form. */
  @Override
  public String toString() {
    return (directory == null ? name : directory.toString())
        + ":"
        + path
        + switch (mode) {
          case READ_ONLY -> READ_ONLY;
          case READ_WRITE -> "";
          case SHARED -> SHARED;
        };
  }
}

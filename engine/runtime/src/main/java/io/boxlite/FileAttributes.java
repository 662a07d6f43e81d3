package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The owner and the modes of files that are copied or written into a box.
 *
 * <p>Immutable: each method returns a modified copy, for example {@code
 * FileAttributes.unchanged().owner("nobody").mode(0640)}.
 */
public final class FileAttributes {
  private static final FileAttributes UNCHANGED = new FileAttributes();
  private static final int MOST_MODE = 07777;
  private static final int NONE = -1;

  private @Nullable String owner;
  private int mode = NONE;
  private int directoryMode = NONE;

  private FileAttributes() {}

  /** Returns attributes that set neither an owner nor modes. */
  public static FileAttributes unchanged() {
    return UNCHANGED;
  }

  /**
   * Sets the owner of the files, and of the parent directories that are created for them. An
   * existing file that is overwritten gets this owner, too.
   *
   * @param owner {@code name}, {@code uid}, {@code name:group} or {@code uid:gid}, as for {@link
   *     Command#user(String)}; names are looked up in the box
   */
  public FileAttributes owner(String owner) {
    Arguments.notBlank("owner", owner);
    return copy(attributes -> attributes.owner = owner);
  }

  /**
   * Sets the mode of files, not of directories.
   *
   * @param mode permission bits, 0 to 07777
   */
  public FileAttributes mode(int mode) {
    Arguments.inRange("mode", mode, 0, MOST_MODE);
    return copy(attributes -> attributes.mode = mode);
  }

  /**
   * Sets the mode of directories that are copied. A directory that exists in the box keeps its
   * mode.
   *
   * @param directoryMode permission bits, 0 to 07777
   */
  public FileAttributes directoryMode(int directoryMode) {
    Arguments.inRange("directoryMode", directoryMode, 0, MOST_MODE);
    return copy(attributes -> attributes.directoryMode = directoryMode);
  }

  /** Returns the owner, if one was set. */
  public Optional<String> owner() {
    return Optional.ofNullable(owner);
  }

  /** Returns the mode of files, if one was set. */
  public OptionalInt mode() {
    return mode == NONE ? OptionalInt.empty() : OptionalInt.of(mode);
  }

  /** Returns the mode of directories, if one was set. */
  public OptionalInt directoryMode() {
    return directoryMode == NONE ? OptionalInt.empty() : OptionalInt.of(directoryMode);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FileAttributes attributes
        && Objects.equals(owner, attributes.owner)
        && mode == attributes.mode
        && directoryMode == attributes.directoryMode;
  }

  @Override
  public int hashCode() {
    return Objects.hash(owner, mode, directoryMode);
  }

  private FileAttributes copy(Consumer<FileAttributes> change) {
    FileAttributes copy = new FileAttributes();
    copy.owner = owner;
    copy.mode = mode;
    copy.directoryMode = directoryMode;
    change.accept(copy);
    return copy;
  }
}

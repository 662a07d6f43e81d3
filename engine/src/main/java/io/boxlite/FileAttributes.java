package io.boxlite;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whose the files are that are brought into a box, and who may do what with them.
 *
 * <p>Immutable: each method returns a changed copy. For example {@code
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

  /** Neither owner nor mode: what {@link LiteBox} says of a call without attributes. */
  public static FileAttributes unchanged() {
    return UNCHANGED;
  }

  /**
   * Gives the files to a user, with the directories that are made for them. A file that is in the
   * box already and gets new content changes hands, too.
   *
   * @param owner {@code name}, {@code uid}, {@code name:group} or {@code uid:gid}, as {@link
   *     Command#user} has it: names are those of the box
   */
  public FileAttributes owner(String owner) {
    Arguments.notBlank("owner", owner);
    return copy(attributes -> attributes.owner = owner);
  }

  /**
   * Sets the mode of files; those of directories stay as they are.
   *
   * @param mode permission bits, 0 to 07777
   */
  public FileAttributes mode(int mode) {
    Arguments.inRange("mode", mode, 0, MOST_MODE);
    return copy(attributes -> attributes.mode = mode);
  }

  /**
   * Sets the mode of directories that are copied; one that is in the box already keeps its own.
   *
   * @param directoryMode permission bits, 0 to 07777
   */
  public FileAttributes directoryMode(int directoryMode) {
    Arguments.inRange("directoryMode", directoryMode, 0, MOST_MODE);
    return copy(attributes -> attributes.directoryMode = directoryMode);
  }

  /** The owner, if one was set. */
  public Optional<String> owner() {
    return Optional.ofNullable(owner);
  }

  /** The mode of files, if one was set. */
  public OptionalInt mode() {
    return mode == NONE ? OptionalInt.empty() : OptionalInt.of(mode);
  }

  /** The mode of directories, if one was set. */
  public OptionalInt directoryMode() {
    return directoryMode == NONE ? OptionalInt.empty() : OptionalInt.of(directoryMode);
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

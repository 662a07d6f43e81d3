package io.boxlite.internal.host;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.settings.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directory that holds all state, shared by every JVM of this user.
 *
 * @param root the directory itself, by its real path
 */
public record Home(Path root) {

  /**
   * Opens the home directory, creating what is missing for this user alone.
   *
   * <p>The directory itself may be a symbolic link to one; nothing in it may.
   *
   * @throws BoxliteException when it is no directory, or nothing can be written there; when it, or
   *     a directory in it, belongs to another user or can be written by others; when there is a
   *     link in it
   */
  public static Home open(Path root) {
    Path named = root.toAbsolutePath().normalize();
    createPrivately(named);
    Home home = new Home(real(named));
    List<Path> directories =
        List.of(
            home.images(),
            home.rootfs(),
            home.templates(),
            home.boxes(),
            home.guest(),
            home.memory());
    directories.forEach(Home::createPrivately);
    new HomeGuard(Privileges.ofThisProcess()).check(home.root, directories);
    return home;
  }

  /** Where a link leads now is where the home is, wherever it leads later. */
  private static Path real(Path directory) {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      throw unusable(directory, "cannot be found", e);
    }
  }

  /** Images by name and content, as an OCI image layout. */
  public Path images() {
    return root.resolve("images");
  }

  /** Root images: one read-only file system an image. */
  public Path rootfs() {
    return root.resolve("rootfs");
  }

  /** Saved states that boxes are cloned from. */
  public Path templates() {
    return root.resolve("templates");
  }

  /** One directory a running box. */
  public Path boxes() {
    return root.resolve("boxes");
  }

  /** Guest kernels and agents, taken from the guest's jar. */
  public Path guest() {
    return root.resolve("guest");
  }

  /** Who has how much of the machine's memory for its boxes. */
  public Path memory() {
    return root.resolve("memory");
  }

  private static void createPrivately(Path directory) {
    try {
      // Follows a symbolic link, which createDirectories would refuse in the last place.
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      throw Files.exists(directory)
          ? new BoxliteException(
              directory
                  + " is to be a directory and is none; set "
                  + Setting.HOME.variable()
                  + " to a directory of yours",
              e)
          : unusable(directory, "cannot be created", e);
    }
    if (!Files.isWritable(directory)) {
      throw unusable(directory, "is not writable", null);
    }
  }

  private static BoxliteException unusable(
      Path directory, String what, @Nullable IOException cause) {
    return new BoxliteException(
        "the directory "
            + directory
            + " "
            + what
            + (cause == null ? "" : " (" + cause + ")")
            + " by user "
            + System.getProperty("user.name")
            + "; mend its permissions or set "
            + Setting.HOME.variable()
            + " to a directory of yours",
        cause);
  }
}

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
 * The home directory, which holds all state and is shared by all JVMs of this user.
 *
 * @param root the real path of the directory
 */
public record Home(Path root) {

  /**
   * Opens the home directory. Missing directories are created, accessible to this user only.
   *
   * <p>The home directory itself may be a symbolic link. Its contents must not include any, except
   * for the files of named volumes.
   *
   * @throws BoxliteException when it is not a directory or not writable; when it, or a directory in
   *     it, belongs to another user or is writable by others; when it contains a symbolic link
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
    createPrivately(home.volumes());
    HomeGuard guard = new HomeGuard(Privileges.ofThisProcess());
    guard.check(home.root, directories);
    guard.check(home.volumes());
    return home;
  }

  /** Resolves a symbolic link once, so that a later change of the link has no effect. */
  private static Path real(Path directory) {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      throw unusable(directory, "cannot be found", e);
    }
  }

  /** Returns the directory of the image store, an OCI image layout. */
  public Path images() {
    return root.resolve("images");
  }

  /** Returns the directory of root images, one read-only file system for each image. */
  public Path rootfs() {
    return root.resolve("rootfs");
  }

  /** Returns the directory of templates, the saved VM states that boxes are cloned from. */
  public Path templates() {
    return root.resolve("templates");
  }

  /** Returns the directory with one directory for each running box. */
  public Path boxes() {
    return root.resolve("boxes");
  }

  /** Returns the directory of guest kernels and agents, extracted from the guest's jar. */
  public Path guest() {
    return root.resolve("guest");
  }

  /** Returns the directory of the memory ledger. */
  public Path memory() {
    return root.resolve("memory");
  }

  /** Returns the directory of named volumes. Whatever boxes have put there is not trusted. */
  public Path volumes() {
    return root.resolve("volumes");
  }

  private static void createPrivately(Path directory) {
    try {
      // Unlike createDirectories, isDirectory follows a symbolic link.
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      throw Files.exists(directory)
          ? new BoxliteException(
              directory
                  + " exists but is not a directory; set "
                  + Setting.HOME.variable()
                  + " to a directory of your own",
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
            + "; fix its permissions or set "
            + Setting.HOME.variable()
            + " to a directory of your own",
        cause);
  }
}

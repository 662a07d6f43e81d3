package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import io.boxlite.BoxliteException;
import java.nio.file.Path;

/**
 * An open directory, through whose descriptor its files have short paths.
 *
 * <p>The address of a Unix socket holds at most 108 bytes (unix(7), {@code sun_path}), and the path
 * of a directory may be longer. {@code /proc/self/fd/N} refers to the directory regardless of its
 * name, needs no cleaning up, and is accessible to this process only.
 */
public final class OpenDirectory implements AutoCloseable {
  private final Path directory;
  private final Descriptor fd;

  private OpenDirectory(Path directory, Descriptor fd) {
    this.directory = directory;
    this.fd = fd;
  }

  /**
   * Opens a directory.
   *
   * @throws BoxliteException when it does not exist, is a symbolic link, or this process has
   *     reached its limit of open files
   */
  public static OpenDirectory open(Path directory) {
    try {
      int fd =
          LibC.get()
              .open(
                  directory.toString(),
                  LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC,
                  0);
      return new OpenDirectory(directory, new Descriptor("the directory " + directory, fd));
    } catch (LastErrorException e) {
      throw new BoxliteException(
          "cannot open the directory " + directory + ": " + e.getMessage(), e);
    }
  }

  /** Returns the directory's own path. */
  public Path path() {
    return directory;
  }

  /**
   * Returns a short path of a file in the directory, valid in this process until {@link #close()}.
   *
   * @param name the file's name, at most 64 bytes to fit a socket's address
   */
  public Path shortPath(String name) {
    return Path.of("/proc/self/fd/" + fd.number(), name);
  }

  /** Closes the descriptor. The directory is not deleted. */
  @Override
  public void close() {
    fd.close();
  }
}

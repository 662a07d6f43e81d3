package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import io.boxlite.BoxliteException;
import java.nio.file.Path;

/**
 * A directory held open by a descriptor, through which its files have short paths.
 *
 * <p>The address of a Unix socket has room for 108 bytes (unix(7), {@code sun_path}), a directory's
 * path may be longer. {@code /proc/self/fd/N} leads to the directory whatever it is called, leaves
 * nothing behind, and can be reached by this process alone.
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
   * @throws BoxliteException when there is none, or it is a symbolic link, or this process may have
   *     no more descriptors
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

  /** The directory's own path. */
  public Path path() {
    return directory;
  }

  /**
   * A short path of a file in the directory, for this process and until {@link #close()}.
   *
   * @param name the file's name, at most 64 bytes to fit a socket's address
   */
  public Path shortPath(String name) {
    return Path.of("/proc/self/fd/" + fd.number(), name);
  }

  /** Lets go of the descriptor; the directory stays. */
  @Override
  public void close() {
    fd.close();
  }
}

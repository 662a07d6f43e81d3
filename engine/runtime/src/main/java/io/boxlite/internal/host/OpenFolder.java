package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import io.boxlite.BoxliteException;
import java.nio.file.Path;

/**
 * A folder held open by a descriptor, through which its files have short paths.
 *
 * <p>The address of a Unix socket has room for 108 bytes (unix(7), {@code sun_path}), a folder's
 * path may be longer. {@code /proc/self/fd/N} leads to the folder whatever it is called, leaves
 * nothing behind, and can be reached by this process alone.
 */
public final class OpenFolder implements AutoCloseable {
  private final Path folder;
  private final Descriptor fd;

  private OpenFolder(Path folder, Descriptor fd) {
    this.folder = folder;
    this.fd = fd;
  }

  /**
   * Opens a folder.
   *
   * @throws BoxliteException when there is none, or it is a symbolic link, or this process may have
   *     no more descriptors
   */
  public static OpenFolder open(Path folder) {
    try {
      int fd =
          LibC.get()
              .open(
                  folder.toString(),
                  LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC,
                  0);
      return new OpenFolder(folder, new Descriptor("the folder " + folder, fd));
    } catch (LastErrorException e) {
      throw new BoxliteException("cannot open the folder " + folder + ": " + e.getMessage(), e);
    }
  }

  /** The folder's own path. */
  public Path path() {
    return folder;
  }

  /**
   * A short path of a file in the folder, for this process and until {@link #close()}.
   *
   * @param name the file's name, at most 64 bytes to fit a socket's address
   */
  public Path shortPath(String name) {
    return Path.of("/proc/self/fd/" + fd.number(), name);
  }

  /** Lets go of the descriptor; the folder stays. */
  @Override
  public void close() {
    fd.close();
  }
}

package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import io.boxlite.BoxliteException;
import java.nio.file.Path;

/**
 * A file in memory alone (memfd_create(2)), which no disk can be too full for and which is gone
 * with its last user.
 */
public final class MemoryFile implements AutoCloseable {
  private final Path path;
  private final Descriptor fd;

  private MemoryFile(Descriptor fd) {
    this.fd = fd;
    path = Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd.number());
  }

  /**
   * Makes a file of zeros.
   *
   * @param name what it is called in {@code /proc}
   * @param bytes its size
   */
  public static MemoryFile create(String name, long bytes) {
    try {
      Descriptor fd =
          new Descriptor("the file " + name, LibC.get().memfd_create(name, LibC.MFD_CLOEXEC));
      try {
        LibC.get().ftruncate(fd.number(), new NativeLong(bytes));
        return new MemoryFile(fd);
      } catch (LastErrorException e) {
        fd.close();
        throw e;
      }
    } catch (LastErrorException e) {
      throw new BoxliteException(
          "cannot make a file of " + bytes + " bytes in memory: " + e.getMessage(), e);
    }
  }

  /** Where this user's processes can open it until {@link #close()}. */
  public Path path() {
    return path;
  }

  /** Lets go of the file. */
  @Override
  public void close() {
    fd.close();
  }
}

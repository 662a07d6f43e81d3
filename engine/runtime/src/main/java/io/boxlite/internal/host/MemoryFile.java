package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import io.boxlite.BoxliteException;
import java.nio.file.Path;

/**
 * A file in memory (memfd_create(2)). It does not depend on disk space, and the kernel frees it
 * with its last descriptor or mapping.
 */
public final class MemoryFile implements AutoCloseable {
  private final Path path;
  private final Descriptor fd;

  private MemoryFile(Descriptor fd) {
    this.fd = fd;
    path = Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd.number());
  }

  /**
   * Creates a file of zeros.
   *
   * @param name its name in {@code /proc}
   * @param bytes its size in bytes
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
          "cannot create a file of " + bytes + " bytes in memory: " + e.getMessage(), e);
    }
  }

  /** Returns the path by which processes of this user can open the file until {@link #close()}. */
  public Path path() {
    return path;
  }

  /** Closes this JVM's descriptor of the file. */
  @Override
  public void close() {
    fd.close();
  }
}

package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import io.boxlite.BoxliteException;
import java.io.FileOutputStream;
import java.io.IOException;
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
          new Descriptor(
              "the file " + name,
              LibC.get().memfd_create(name, LibC.MFD_CLOEXEC | LibC.MFD_ALLOW_SEALING));
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

  /**
   * Creates a file that nobody can change any more (F_ADD_SEALS of fcntl(2)). Processes can still
   * open it for writing, map it privately, and write to their private copies of its pages.
   *
   * @param name its name in {@code /proc}
   * @param content the file with its content
   * @throws IOException when the content cannot be read, or there is no memory for it
   */
  public static MemoryFile sealed(String name, Path content) throws IOException {
    MemoryFile file = create(name, content.toFile().length());
    try {
      SparseFile.overwrite(content, file.path);
      file.seal();
      return file;
    } catch (LastErrorException e) {
      file.close();
      throw new IOException("cannot seal the file " + name + ": " + e.getMessage(), e);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /** Creates a file with this content that nobody can change any more. */
  public static MemoryFile sealed(String name, byte[] content) throws IOException {
    MemoryFile file = create(name, content.length);
    // Not a channel, as that of Files.write, which an interrupt of the calling thread would close.
    try (FileOutputStream out = new FileOutputStream(file.path.toFile())) {
      out.write(content);
      file.seal();
      return file;
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private void seal() {
    int seals = LibC.F_SEAL_SEAL | LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW | LibC.F_SEAL_WRITE;
    LibC.get().fcntl(fd.number(), LibC.F_ADD_SEALS, seals);
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

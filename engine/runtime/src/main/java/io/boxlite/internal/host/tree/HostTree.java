package io.boxlite.internal.host.tree;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.boxlite.BoxliteException;
import io.boxlite.internal.host.Descriptor;
import io.boxlite.internal.host.LibC;
import io.boxlite.internal.host.OpenDirectory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A directory of this machine, and access to everything below it by paths that somebody else
 * chooses. No symbolic link is ever followed, neither at the end of a path nor on the way, and no
 * path leads out of the directory: the kernel resolves each in one step (openat2(2)), so it makes
 * no difference what is renamed or replaced meanwhile. Mounts below the directory are entered.
 *
 * <p>Only regular files and directories are ever opened, and never by their names: a file is first
 * located, which opens nothing ({@code O_PATH}), and what was located is then opened by its
 * descriptor.
 *
 * <p>Paths are bytes without a leading slash, the empty path is the directory itself, and names
 * have no slash. Descriptors are plain numbers, which the caller closes. Any thread may call any
 * method.
 */
public final class HostTree implements AutoCloseable {
  // asm-generic/fcntl.h
  public static final int O_RDONLY = 0;
  public static final int O_RDWR = 2;
  private static final int O_CREAT = 0100;
  private static final int O_EXCL = 0200;
  private static final int O_NOCTTY = 0400;
  private static final int O_NONBLOCK = 04000;

  // linux/openat2.h
  private static final long RESOLVE_NO_MAGICLINKS = 2;
  private static final long RESOLVE_NO_SYMLINKS = 4;
  private static final long RESOLVE_BENEATH = 8;
  private static final long RESOLVE = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

  // linux/fcntl.h
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int AT_SYMLINK_FOLLOW = 0x400;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_STATX_SYNC_AS_STAT = 0;

  private static final byte[] EMPTY = {0};

  /** The kernel cannot always tell a path from a race; it then asks to be called again. */
  private static final int ATTEMPTS = 100;

  private final Path directory;
  private final Descriptor root;
  private final Scratches scratches = new Scratches();
  private final FileData data = new FileData(scratches);
  private final FileLocks locks = new FileLocks(scratches);

  private HostTree(Path directory, Descriptor root) {
    this.directory = directory;
    this.root = root;
  }

  /**
   * Opens a directory; a link to one is followed once.
   *
   * @throws BoxliteException when there is no such directory, or it cannot be opened
   */
  public static HostTree open(Path directory) {
    Path real;
    try {
      real = directory.toRealPath();
    } catch (java.io.IOException e) {
      throw new BoxliteException("there is no directory " + directory.toAbsolutePath(), e);
    }
    try (OpenDirectory opened = OpenDirectory.open(real)) {
      int fd =
          Calls.open(
              terminated(opened.shortPath(".").toString()),
              LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC,
              0);
      if (fd < 0) {
        throw new BoxliteException(
            "cannot open the directory " + real + ": errno " + Native.getLastError());
      }
      return new HostTree(real, new Descriptor("the directory " + real, fd));
    }
  }

  /** Returns the path of the directory. */
  public Path directory() {
    return directory;
  }

  /** Returns access to the content of open files. */
  public FileData data() {
    return data;
  }

  /** Returns access to the locks of open files. */
  public FileLocks locks() {
    return locks;
  }

  @Override
  public void close() {
    root.close();
    scratches.close();
  }

  /** Locates whatever is at a path, a link itself included; opens nothing. */
  public int locate(byte[] path) throws HostError {
    return openat2(root(), path.length == 0 ? new byte[] {'.'} : path, LibC.O_PATH, 0);
  }

  /** Locates whatever has a name in a directory. */
  public int locate(int directory, byte[] name) throws HostError {
    return openat2(directory, name, LibC.O_PATH, 0);
  }

  /**
   * Opens a located regular file or directory. The caller has looked at its type: nothing else may
   * be opened.
   *
   * @param flags {@link #O_RDONLY} or {@link #O_RDWR}
   */
  public int open(int located, int flags) throws HostError {
    int all = flags | O_NOCTTY | O_NONBLOCK | LibC.O_CLOEXEC;
    return (int) Scratches.checked(Scratches.retried(() -> Calls.open(procPath(located), all, 0)));
  }

  /** Makes a regular file, and opens it for reading and writing. */
  public int create(int directory, byte[] name, int mode) throws HostError {
    return openat2(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOCTTY | O_NONBLOCK, mode);
  }

  /** Returns another descriptor of what was located. */
  public int duplicate(int located) throws HostError {
    return (int) Scratches.checked(Calls.fcntl(located, F_DUPFD_CLOEXEC, 0));
  }

  public void closeFile(int fd) {
    Calls.close(fd);
  }

  public FileStat stat(int fd) throws HostError {
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer stat = lease.scratch().stat();
      Scratches.checked(
          Calls.statx(fd, EMPTY, AT_EMPTY_PATH | AT_STATX_SYNC_AS_STAT, FileStat.MASK, stat));
      return FileStat.of(stat);
    }
  }

  /** Returns the attributes of what has a name in a directory. */
  public FileStat stat(int directory, byte[] name) throws HostError {
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer stat = lease.scratch().stat();
      byte[] path = terminated(name);
      Scratches.checked(
          Calls.statx(directory, path, LibC.AT_SYMLINK_NOFOLLOW, FileStat.MASK, stat));
      return FileStat.of(stat);
    }
  }

  public void makeDirectory(int directory, byte[] name, int mode) throws HostError {
    Scratches.checked(Calls.mkdirat(directory, terminated(name), mode));
  }

  public void remove(int directory, byte[] name, boolean isDirectory) throws HostError {
    Scratches.checked(Calls.unlinkat(directory, terminated(name), isDirectory ? AT_REMOVEDIR : 0));
  }

  /** Renames, with the flags of renameat2(2). */
  public void rename(int from, byte[] name, int to, byte[] newName, int flags) throws HostError {
    Scratches.checked(Calls.renameat2(from, terminated(name), to, terminated(newName), flags));
  }

  public void makeLink(byte[] target, int directory, byte[] name) throws HostError {
    Scratches.checked(Calls.symlinkat(terminated(target), directory, terminated(name)));
  }

  /** Gives a located file another name. */
  public void hardLink(int located, int directory, byte[] name) throws HostError {
    Scratches.checked(
        Calls.linkat(
            LibC.AT_FDCWD, procPath(located), directory, terminated(name), AT_SYMLINK_FOLLOW));
  }

  /** Reads the target of a located link. */
  public byte[] readLink(int located) throws HostError {
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer into = lease.scratch().data();
      long n = Scratches.checked(Calls.readlinkat(located, EMPTY, into, 4096));
      return into.getByteArray(0, (int) n);
    }
  }

  /** Sets the permissions of a located file or directory, which must not be a link. */
  public void chmod(int located, int mode) throws HostError {
    Scratches.checked(Calls.chmod(procPath(located), mode));
  }

  /**
   * Sets the times of whatever was located.
   *
   * @param times seconds and nanoseconds of the last access and the last modification; for the
   *     nanoseconds, also UTIME_NOW and UTIME_OMIT of linux/stat.h
   */
  public void setTimes(int located, long[] times) throws HostError {
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer spec = lease.scratch().data();
      spec.write(0, times, 0, 4);
      Scratches.checked(Calls.utimensat(located, EMPTY, spec, AT_EMPTY_PATH));
    }
  }

  /** Returns an extended attribute of at most 64 bytes; null if there is none, or a longer one. */
  public byte @org.jspecify.annotations.Nullable [] attribute(int located, byte[] name) {
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer value = lease.scratch().data();
      long n = Calls.getxattr(procPath(located), name, value, 64);
      return n < 0 ? null : value.getByteArray(0, (int) n);
    }
  }

  /** Sets an extended attribute. Its name ends with NUL. */
  public void setAttribute(int located, byte[] name, byte[] value) throws HostError {
    Scratches.checked(Calls.setxattr(procPath(located), name, value, value.length, 0));
  }

  /** Removes an extended attribute, if there is one. */
  public void removeAttribute(int located, byte[] name) throws HostError {
    if (Calls.removexattr(procPath(located), name) < 0) {
      int errno = Native.getLastError();
      if (errno != Errno.ENODATA && errno != Errno.EOPNOTSUPP) {
        throw new HostError(errno);
      }
    }
  }

  /**
   * Reads entries of an open directory.
   *
   * @param cookie where to start: 0, or that of the entry before
   * @param bytes the size of the kernel's buffer, at least 1 KiB; this bounds the entries
   */
  public DirectoryEntries list(int fd, long cookie, int bytes) throws HostError {
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer into = lease.scratch().data();
      Scratches.checked(Calls.lseek(fd, cookie, 0));
      long n = Scratches.checked(Calls.syscall(Calls.SYS_GETDENTS64, fd, into, bytes));
      return new DirectoryEntries(into.getByteArray(0, (int) n));
    }
  }

  private int root() throws HostError {
    try {
      return root.number();
    } catch (IllegalStateException e) {
      throw new HostError(Errno.EIO);
    }
  }

  private int openat2(int at, byte[] path, int flags, int mode) throws HostError {
    byte[] name = terminated(path);
    long all = (flags & 0xffffffffL) | LibC.O_NOFOLLOW | LibC.O_CLOEXEC;
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer how = lease.scratch().how(all, mode, RESOLVE);
      long size = lease.scratch().howBytes();
      for (int attempt = 1; ; attempt++) {
        long fd = Calls.syscall(Calls.SYS_OPENAT2, at, name, how, size);
        int errno = fd < 0 ? Native.getLastError() : 0;
        boolean again = errno == Errno.EAGAIN || errno == Errno.EINTR;
        if (!again || attempt == ATTEMPTS) {
          return (int) Scratches.checked(fd);
        }
      }
    }
  }

  /** The path of an open file in proc(5), which leads to the file itself, whatever its name. */
  private static byte[] procPath(int fd) {
    return terminated("/proc/self/fd/" + fd);
  }

  private static byte[] terminated(String path) {
    return terminated(path.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] terminated(byte[] name) {
    return Arrays.copyOf(name, name.length + 1);
  }
}

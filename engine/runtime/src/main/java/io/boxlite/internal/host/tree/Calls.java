package io.boxlite.internal.host.tree;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * System calls on files, mapped directly: they are made several times for each request, and the
 * proxies of {@link io.boxlite.internal.host.LibC} would cost more than the calls.
 *
 * <p>Each returns -1 on failure; {@link Native#getLastError} then has the errno. Names are bytes
 * that end with NUL.
 */
final class Calls {
  // asm/unistd_64.h
  static final long SYS_GETDENTS64 = 217;
  static final long SYS_OPENAT2 = 437;

  static {
    Native.register(Calls.class, "c");
  }

  private Calls() {}

  static native long syscall(long number, long first, Pointer second, long third);

  static native long syscall(long number, long first, byte[] second, Pointer third, long fourth);

  static native int open(byte[] path, int flags, int mode);

  static native int fcntl(int fd, int command, int argument);

  static native int fcntl(int fd, int command, Pointer argument);

  static native int flock(int fd, int operation);

  static native int close(int fd);

  static native int statx(int directory, byte[] path, int flags, int mask, Pointer result);

  static native int fstatfs(int fd, Pointer result);

  static native long pread(int fd, Pointer into, long count, long offset);

  static native long pwritev2(int fd, Pointer vector, int count, long offset, int flags);

  static native int ftruncate(int fd, long length);

  static native int fsync(int fd);

  static native int fdatasync(int fd);

  static native int fallocate(int fd, int mode, long offset, long length);

  static native long lseek(int fd, long offset, int whence);

  static native long copy_file_range(
      int in, Pointer inOffset, int out, Pointer outOffset, long length, int flags);

  static native int mkdirat(int directory, byte[] name, int mode);

  static native int unlinkat(int directory, byte[] name, int flags);

  static native int renameat2(int from, byte[] name, int to, byte[] newName, int flags);

  static native int symlinkat(byte[] target, int directory, byte[] name);

  static native int linkat(int from, byte[] name, int to, byte[] newName, int flags);

  static native long readlinkat(int directory, byte[] name, Pointer into, long count);

  static native int chmod(byte[] path, int mode);

  static native int utimensat(int directory, byte[] path, @Nullable Pointer times, int flags);

  static native long getxattr(byte[] path, byte[] name, Pointer value, long size);

  static native int setxattr(byte[] path, byte[] name, byte[] value, long size, int flags);

  static native int removexattr(byte[] path, byte[] name);
}

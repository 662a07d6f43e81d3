package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import org.jspecify.annotations.Nullable;

/** The C library functions in use. A failure is thrown as an exception with its {@code errno}. */
public interface LibC extends Library {
  // asm-generic/fcntl.h
  int O_RDONLY = 0;
  int O_RDWR = 2;
  int O_CREAT = 0100;
  int O_DIRECTORY = 0200000;
  int O_NOFOLLOW = 0400000;
  int O_CLOEXEC = 02000000;
  int O_PATH = 010000000;
  // linux/fcntl.h, linux/stat.h
  int AT_FDCWD = -100;
  int AT_SYMLINK_NOFOLLOW = 0x100;
  int STATX_BLOCKS = 0x400;
  int S_IFCHR = 0020000;
  // asm/unistd_64.h
  long SYS_MKNODAT = 259;
  // asm-generic/errno-base.h
  int ENOENT = 2;
  int EINTR = 4;
  int ENXIO = 6;
  int EAGAIN = 11;
  int EACCES = 13;
  int ELOOP = 40;
  // linux/fs.h, lseek(2)
  int SIGKILL = 9;

  int SEEK_DATA = 3;
  // linux/memfd.h
  int MFD_CLOEXEC = 1;
  int MFD_ALLOW_SEALING = 2;
  // linux/fs.h, flock(2)
  int LOCK_SH = 1;
  int LOCK_EX = 2;
  int LOCK_NB = 4;
  int LOCK_UN = 8;
  // asm-generic/mman-common.h, linux/mman.h
  int PROT_READ = 1;
  int PROT_WRITE = 2;
  int MAP_SHARED = 1;
  int MAP_PRIVATE = 2;
  int MAP_ANONYMOUS = 0x20;
  // linux/sched.h
  int CLONE_NEWNS = 0x00020000;
  // linux/mount.h
  long MS_NOSUID = 2;
  long MS_NODEV = 4;
  long MS_BIND = 4096;
  long MS_REC = 16384;
  long MS_SLAVE = 1 << 19;
  // linux/fcntl.h, F_LINUX_SPECIFIC_BASE + 9
  int F_ADD_SEALS = 1033;
  int F_SEAL_SEAL = 1;
  int F_SEAL_SHRINK = 2;
  int F_SEAL_GROW = 4;
  int F_SEAL_WRITE = 8;
  // linux/time.h
  int CLOCK_THREAD_CPUTIME_ID = 3;

  int open(String path, int flags, int mode) throws LastErrorException;

  int close(int fd) throws LastErrorException;

  int flock(int fd, int operation) throws LastErrorException;

  int kill(int pid, int signal) throws LastErrorException;

  int statx(int directory, String path, int flags, int mask, Pointer buffer)
      throws LastErrorException;

  NativeLong lseek(int fd, NativeLong offset, int whence) throws LastErrorException;

  int memfd_create(String name, int flags) throws LastErrorException;

  int ftruncate(int fd, NativeLong length) throws LastErrorException;

  int ioctl(int fd, NativeLong request, Object... argument) throws LastErrorException;

  Pointer mmap(
      Pointer address, NativeLong length, int protection, int flags, int fd, NativeLong offset)
      throws LastErrorException;

  int fcntl(int fd, int command, Object... argument) throws LastErrorException;

  int unshare(int flags) throws LastErrorException;

  int mount(
      String source, String target, @Nullable String type, NativeLong flags, @Nullable String data)
      throws LastErrorException;

  NativeLong syscall(NativeLong number, Object... arguments) throws LastErrorException;

  int clock_gettime(int clock, Pointer time) throws LastErrorException;

  int munmap(Pointer address, NativeLong length) throws LastErrorException;

  int klogctl(int type, Pointer buffer, int length) throws LastErrorException;

  /** Returns zero, or a code of netdb.h. */
  int getaddrinfo(String node, @Nullable String service, Pointer hints, PointerByReference result);

  void freeaddrinfo(Pointer result);

  /** Returns the library, loaded at first use, so that a JVM without boxes does not unpack JNA. */
  static LibC get() {
    return Holder.INSTANCE;
  }

  /** Holds the instance. */
  final class Holder {
    private static final LibC INSTANCE = Native.load("c", LibC.class);

    private Holder() {}
  }
}

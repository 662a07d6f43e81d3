package io.boxlite.internal.volume;

/** Constants of the FUSE protocol, from linux/fuse.h. */
final class Fuse {
  static final int MAJOR = 7;

  /** The version that this server speaks. Later ones only add to it. */
  static final int MINOR = 37;

  /** The first version with everything that the replies contain. */
  static final int LEAST_MINOR = 31;

  static final long ROOT_ID = 1;

  // enum fuse_opcode
  static final int LOOKUP = 1;
  static final int FORGET = 2;
  static final int GETATTR = 3;
  static final int SETATTR = 4;
  static final int READLINK = 5;
  static final int SYMLINK = 6;
  static final int MKNOD = 8;
  static final int MKDIR = 9;
  static final int UNLINK = 10;
  static final int RMDIR = 11;
  static final int RENAME = 12;
  static final int LINK = 13;
  static final int OPEN = 14;
  static final int READ = 15;
  static final int WRITE = 16;
  static final int STATFS = 17;
  static final int RELEASE = 18;
  static final int FSYNC = 20;
  static final int FLUSH = 25;
  static final int INIT = 26;
  static final int OPENDIR = 27;
  static final int READDIR = 28;
  static final int RELEASEDIR = 29;
  static final int FSYNCDIR = 30;
  static final int GETLK = 31;
  static final int SETLK = 32;
  static final int SETLKW = 33;
  static final int CREATE = 35;
  static final int INTERRUPT = 36;
  static final int DESTROY = 38;
  static final int BATCH_FORGET = 42;
  static final int FALLOCATE = 43;
  static final int READDIRPLUS = 44;
  static final int RENAME2 = 45;
  static final int LSEEK = 46;
  static final int COPY_FILE_RANGE = 47;
  static final int SYNCFS = 50;

  // flags of INIT
  static final int ASYNC_READ = 1;
  static final int POSIX_LOCKS = 1 << 1;
  static final int BIG_WRITES = 1 << 5;
  static final int FLOCK_LOCKS = 1 << 10;
  static final int AUTO_INVAL_DATA = 1 << 12;
  static final int DO_READDIRPLUS = 1 << 13;
  static final int NO_OPEN_SUPPORT = 1 << 17;
  static final int PARALLEL_DIROPS = 1 << 18;
  static final int HANDLE_KILLPRIV = 1 << 19;
  static final int MAX_PAGES = 1 << 22;
  static final int CACHE_SYMLINKS = 1 << 23;
  static final int HANDLE_KILLPRIV_V2 = 1 << 28;

  // valid of SETATTR
  static final int FATTR_MODE = 1;
  static final int FATTR_UID = 1 << 1;
  static final int FATTR_GID = 1 << 2;
  static final int FATTR_SIZE = 1 << 3;
  static final int FATTR_ATIME = 1 << 4;
  static final int FATTR_MTIME = 1 << 5;
  static final int FATTR_ATIME_NOW = 1 << 7;
  static final int FATTR_MTIME_NOW = 1 << 8;

  /** Of open flags in replies: the page cache of the file stays valid. */
  static final int FOPEN_KEEP_CACHE = 1 << 1;

  /** Of open flags in replies: the page cache is not used. */
  static final int FOPEN_DIRECT_IO = 1;

  /** Of RELEASE: the file may have a lock of flock(2). */
  static final int RELEASE_FLOCK_UNLOCK = 1 << 1;

  /** Of GETLK, SETLK and SETLKW: a lock of flock(2). */
  static final int LK_FLOCK = 1;

  /** Of FSYNC: only the data. */
  static final int FSYNC_FDATASYNC = 1;

  // enum fuse_notify_code
  static final int NOTIFY_INVAL_INODE = 2;
  static final int NOTIFY_INVAL_ENTRY = 3;
  static final int NOTIFY_STORE = 4;

  static final int IN_HEADER_BYTES = 40;
  static final int OUT_HEADER_BYTES = 16;
  static final int DIRENT_BYTES = 24;
  static final int ENTRY_BYTES = 128;

  // linux/fcntl.h as in the guest
  static final int O_TRUNC = 01000;
  static final int O_EXCL = 0200;
  static final int O_APPEND = 02000;

  private Fuse() {}
}

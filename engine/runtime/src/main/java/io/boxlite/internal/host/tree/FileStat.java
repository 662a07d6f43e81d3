package io.boxlite.internal.host.tree;

import com.sun.jna.Pointer;

/**
 * The result of statx(2).
 *
 * @param mode type and permissions
 * @param device the device number, major and minor in the upper and lower half
 * @param birthNanos when the file was made; 0 if the file system does not know
 */
public record FileStat(
    int mode,
    int links,
    int uid,
    int gid,
    long inode,
    long size,
    long blocks,
    int blockSize,
    long device,
    FileTime accessed,
    FileTime modified,
    FileTime changed,
    long birthNanos) {
  /** The types of files, from linux/stat.h. */
  public static final int S_IFMT = 0170000;

  public static final int S_IFSOCK = 0140000;
  public static final int S_IFLNK = 0120000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFBLK = 0060000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFIFO = 0010000;

  /** The size of the structure. */
  static final int BYTES = 256;

  /** STATX_BASIC_STATS and STATX_BTIME of linux/stat.h. */
  static final int MASK = 0x7ff | 0x800;

  private static final int BIRTH_TIME = 0x800;
  private static final long NANOS = 1_000_000_000;

  /** A time in seconds and nanoseconds since 1970. */
  public record FileTime(long seconds, int nanos) {
    private static FileTime at(Pointer statx, int offset) {
      return new FileTime(statx.getLong(offset), statx.getInt(offset + 8));
    }
  }

  /** Reads struct statx of linux/stat.h. */
  static FileStat of(Pointer statx) {
    FileTime birth = FileTime.at(statx, 80);
    return new FileStat(
        Short.toUnsignedInt(statx.getShort(28)),
        statx.getInt(16),
        statx.getInt(20),
        statx.getInt(24),
        statx.getLong(32),
        statx.getLong(40),
        statx.getLong(48),
        statx.getInt(4),
        ((long) statx.getInt(136) << 32) | Integer.toUnsignedLong(statx.getInt(140)),
        FileTime.at(statx, 64),
        FileTime.at(statx, 112),
        FileTime.at(statx, 96),
        (statx.getInt(0) & BIRTH_TIME) == 0 ? 0 : birth.seconds * NANOS + birth.nanos);
  }

  /** Returns the type of the file. */
  public int type() {
    return mode & S_IFMT;
  }

  /** Returns the permissions, with the bits for set-user-id, set-group-id and sticky. */
  public int permissions() {
    return mode & 07777;
  }

  public boolean isRegular() {
    return type() == S_IFREG;
  }

  public boolean isDirectory() {
    return type() == S_IFDIR;
  }

  public boolean isLink() {
    return type() == S_IFLNK;
  }
}

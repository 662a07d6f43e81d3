package io.boxlite.internal.host.tree;

import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Advisory locks on open files. They belong to the open file, as do those of flock(2), and end when
 * it is closed (fcntl(2), "Open file description locks"). No call waits: what others hold fails
 * with EAGAIN. Any thread may call any method.
 */
public final class FileLocks {
  // asm-generic/fcntl.h
  public static final int F_RDLCK = 0;
  public static final int F_WRLCK = 1;
  public static final int F_UNLCK = 2;
  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;

  // sys/file.h
  private static final int LOCK_SH = 1;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;
  private static final int LOCK_UN = 8;

  private static final int FLOCK_BYTES = 32; // struct flock of asm-generic/fcntl.h

  private final Scratches scratches;

  FileLocks(Scratches scratches) {
    this.scratches = scratches;
  }

  /**
   * A lock on a range of bytes.
   *
   * @param type {@link #F_RDLCK}, {@link #F_WRLCK}, or {@link #F_UNLCK} to unlock
   * @param start the first byte
   * @param last the last byte; {@link Long#MAX_VALUE} for the end of the file, wherever it is
   */
  public record Range(int type, long start, long last) {}

  /** Locks or unlocks a range, as fcntl(2) does. */
  public void set(int fd, Range range) throws HostError {
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer lock = write(lease, range);
      Scratches.checked(Calls.fcntl(fd, F_OFD_SETLK, lock));
    }
  }

  /** Returns a lock of others that conflicts with a range; null if there is none. */
  public @Nullable Range conflict(int fd, Range range) throws HostError {
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer lock = write(lease, range);
      Scratches.checked(Calls.fcntl(fd, F_OFD_GETLK, lock));
      int type = lock.getShort(0);
      long start = lock.getLong(8);
      long length = lock.getLong(16);
      return type == F_UNLCK
          ? null
          : new Range(type, start, length == 0 ? Long.MAX_VALUE : start + length - 1);
    }
  }

  /** Locks or unlocks a file as a whole, as flock(2) does. */
  public void setWhole(int fd, int type) throws HostError {
    int operation =
        switch (type) {
          case F_RDLCK -> LOCK_SH | LOCK_NB;
          case F_WRLCK -> LOCK_EX | LOCK_NB;
          case F_UNLCK -> LOCK_UN;
          default -> throw new HostError(Errno.EINVAL);
        };
    Scratches.checked(Calls.flock(fd, operation));
  }

  private static Pointer write(Scratches.Lease lease, Range range) throws HostError {
    if (range.start < 0 || range.last < range.start || range.type < 0 || range.type > F_UNLCK) {
      throw new HostError(Errno.EINVAL);
    }
    Pointer lock = lease.scratch().data();
    lock.clear(FLOCK_BYTES); // SEEK_SET and, as it must be, no process
    lock.setShort(0, (short) range.type);
    lock.setLong(8, range.start);
    lock.setLong(16, range.last == Long.MAX_VALUE ? 0 : range.last - range.start + 1);
    return lock;
  }
}

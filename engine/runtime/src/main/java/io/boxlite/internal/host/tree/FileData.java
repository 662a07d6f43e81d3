package io.boxlite.internal.host.tree;

import com.sun.jna.Pointer;

/**
 * The content of open files. Offsets are in bytes. Unlike channels, no call is ended by an
 * interrupt of its thread. Any thread may call any method.
 */
public final class FileData {
  private static final int MAX_DATA_BYTES = Scratch.DATA_BYTES;
  private static final int STATFS_BYTES = 120;

  /** Of linux/fs.h: appends, whatever the offset. */
  private static final int RWF_APPEND = 0x10;

  private final Scratches scratches;

  FileData(Scratches scratches) {
    this.scratches = scratches;
  }

  /**
   * Returns the file system of an open file: blocks, free blocks, blocks free for this user, files,
   * free files, and the size of a block.
   */
  public long[] fileSystem(int fd) throws HostError {
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer result = lease.scratch().data();
      result.clear(STATFS_BYTES);
      Scratches.checked(Calls.fstatfs(fd, result));
      // struct statfs of asm-generic/statfs.h, with 64-bit fields.
      return new long[] {
        result.getLong(16),
        result.getLong(24),
        result.getLong(32),
        result.getLong(40),
        result.getLong(48),
        result.getLong(8)
      };
    }
  }

  /**
   * Reads into an array; returns how many bytes were read, less than requested only at the end of
   * the file.
   */
  public int read(int fd, long offset, byte[] into, int from, int count) throws HostError {
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer data = lease.scratch().data();
      int done = 0;
      while (done < count) {
        long at = offset + done;
        int left = Math.min(count - done, MAX_DATA_BYTES);
        int n = (int) Scratches.checked(Scratches.retried(() -> Calls.pread(fd, data, left, at)));
        if (n == 0) {
          break;
        }
        data.read(0, into, from + done, n);
        done += n;
      }
      return done;
    }
  }

  /**
   * Writes at an offset, or at the end of the file wherever that is when the kernel writes; returns
   * how many bytes were written.
   */
  public int write(int fd, long offset, byte[] bytes, int from, int count, boolean append)
      throws HostError {
    try (Scratches.Lease lease = scratches.lease()) {
      int done = 0;
      while (done < count) {
        long at = offset + done;
        int left = Math.min(count - done, MAX_DATA_BYTES);
        lease.scratch().data().write(0, bytes, from + done, left);
        Pointer vector = lease.scratch().vector(left);
        int flags = append ? RWF_APPEND : 0;
        long n = Scratches.retried(() -> Calls.pwritev2(fd, vector, 1, at, flags));
        if (n < 0 && done > 0) {
          break; // the next call reports the error
        }
        done += (int) Scratches.checked(n);
      }
      return done;
    }
  }

  public void truncate(int fd, long length) throws HostError {
    Scratches.checked(Scratches.retried(() -> Calls.ftruncate(fd, length)));
  }

  public void sync(int fd, boolean dataOnly) throws HostError {
    Scratches.checked(Scratches.retried(() -> dataOnly ? Calls.fdatasync(fd) : Calls.fsync(fd)));
  }

  public void allocate(int fd, int mode, long offset, long length) throws HostError {
    Scratches.checked(Scratches.retried(() -> Calls.fallocate(fd, mode, offset, length)));
  }

  /** Finds data or holes: lseek(2) with SEEK_DATA or SEEK_HOLE. */
  public long seek(int fd, long offset, int whence) throws HostError {
    return Scratches.checked(Calls.lseek(fd, offset, whence));
  }

  public long copyRange(int in, long inOffset, int out, long outOffset, long length)
      throws HostError {
    try (Scratches.Lease lease = scratches.lease()) {
      Pointer offsets = lease.scratch().data();
      offsets.setLong(0, inOffset);
      offsets.setLong(8, outOffset);
      return Scratches.checked(
          Scratches.retried(
              () -> Calls.copy_file_range(in, offsets, out, offsets.share(8), length, 0)));
    }
  }
}

package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Copies and checksums large files that are mostly zeros, reading and writing only the other
 * blocks.
 *
 * <p>Holes are found with SEEK_DATA of lseek(2). Blocks of zeros that are not holes are skipped as
 * well, so that a file and its copy have the same checksum on any file system.
 */
public final class SparseFile {
  /** The size of the blocks that are skipped when they are all zeros. */
  private static final int BLOCK = 4096;

  private static final int CHUNK = 64 * BLOCK;
  private static final byte[] ZEROS = new byte[BLOCK];

  private SparseFile() {}

  /** Processes a run of blocks that are not zero. */
  private interface Run {
    void take(long offset, byte[] bytes, int start, int length) throws IOException;
  }

  /**
   * Copies a file to a new one of the same size.
   *
   * @return the {@link #checksum} of both files
   * @throws IOException also when the new file already exists, or the disk is full
   */
  public static long copy(Path from, Path to) throws IOException {
    return copy(from, to, from.toFile().length());
  }

  /**
   * Copies a file to a new one that may be longer.
   *
   * @param size the size of the new file in bytes, at least that of the old one
   */
  public static long copy(Path from, Path to, long size) throws IOException {
    if (!to.toFile().createNewFile()) {
      throw new FileAlreadyExistsException(to.toString());
    }
    try (RandomAccessFile out = new RandomAccessFile(to.toFile(), "rw")) {
      out.setLength(size);
      return write(from, out);
    }
  }

  /**
   * Copies a file into another one, whose content is lost.
   *
   * @return the {@link #checksum} of both files
   */
  public static long overwrite(Path from, Path to) throws IOException {
    try (RandomAccessFile out = new RandomAccessFile(to.toFile(), "rw")) {
      out.setLength(0);
      out.setLength(from.toFile().length());
      return write(from, out);
    }
  }

  private static long write(Path from, RandomAccessFile out) throws IOException {
    Checksum checksum = new Checksum();
    forEachRun(
        from,
        (offset, bytes, start, length) -> {
          checksum.add(offset, bytes, start, length);
          out.seek(offset);
          out.write(bytes, start, length);
        });
    return checksum.value();
  }

  /** Returns a checksum (CRC-32C, RFC 3720, section 12.1) of all blocks that are not zero. */
  public static long checksum(Path file) throws IOException {
    Checksum checksum = new Checksum();
    forEachRun(file, checksum::add);
    return checksum.value();
  }

  /** Includes the offset of each block, so that moving a block changes the checksum. */
  private static final class Checksum {
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer place = ByteBuffer.allocate(Long.BYTES);

    void add(long offset, byte[] bytes, int start, int length) {
      for (int at = 0; at < length; at += BLOCK) {
        crc.update(place.putLong(0, offset + at).array());
        crc.update(bytes, start + at, Math.min(BLOCK, length - at));
      }
    }

    long value() {
      return crc.getValue();
    }
  }

  private static void forEachRun(Path file, Run run) throws IOException {
    byte[] chunk = new byte[CHUNK];
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r");
        Holes holes = Holes.of(file)) {
      long end = in.length();
      long offset = holes.nextData(0, end);
      while (offset < end) {
        in.seek(offset);
        int length = in.read(chunk, 0, (int) Math.min(CHUNK, end - offset));
        if (length < 0) {
          throw new IOException(file + " was truncated while it was read");
        }
        forEachRun(chunk, length, offset, run);
        offset = holes.nextData(offset + length, end);
      }
    }
  }

  private static void forEachRun(byte[] chunk, int length, long offset, Run run)
      throws IOException {
    int runStart = -1;
    for (int start = 0; start < length; start += BLOCK) {
      int end = Math.min(start + BLOCK, length);
      boolean zero = Arrays.equals(chunk, start, end, ZEROS, 0, end - start);
      if (!zero && runStart < 0) {
        runStart = start;
      } else if (zero && runStart >= 0) {
        run.take(offset + runStart, chunk, runStart, start - runStart);
        runStart = -1;
      }
    }
    if (runStart >= 0) {
      run.take(offset + runStart, chunk, runStart, length - runStart);
    }
  }

  /** Finds the data of a sparse file. */
  private record Holes(int fd) implements AutoCloseable {
    static Holes of(Path file) throws IOException {
      try {
        return new Holes(LibC.get().open(file.toString(), LibC.O_CLOEXEC, 0));
      } catch (LastErrorException e) {
        throw new IOException("cannot open " + file + ": " + e.getMessage(), e);
      }
    }

    /**
     * Returns the start of the block with the next data at or after an offset, or the end of the
     * file.
     */
    long nextData(long offset, long end) throws IOException {
      if (offset >= end) {
        return end;
      }
      try {
        long data = LibC.get().lseek(fd, new NativeLong(offset), LibC.SEEK_DATA).longValue();
        return data / BLOCK * BLOCK;
      } catch (LastErrorException e) {
        if (e.getErrorCode() == LibC.ENXIO) {
          return end;
        }
        throw new IOException("cannot find the next data from byte " + offset, e);
      }
    }

    @Override
    public void close() {
      LibC.get().close(fd);
    }
  }
}

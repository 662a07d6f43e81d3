package io.boxlite.internal.vm;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The disk that takes what a box writes: a copy of a small ext4 file system, followed by room that
 * the agent grows it into. The host gives space for a block when it is written.
 */
final class ScratchDisk {
  /** What is looked at, and left out when it is all zeros. */
  private static final int BLOCK = 4096;

  private static final byte[] ZEROS = new byte[BLOCK];

  private ScratchDisk() {}

  /**
   * Makes a scratch disk.
   *
   * @param seed the file system it starts as
   * @param disk the file to make; it must not exist
   * @param sizeMib the size of the disk as the guest sees it
   * @throws IOException also when the disk is smaller than the seed
   */
  static void create(Path seed, Path disk, int sizeMib) throws IOException {
    long size = (long) sizeMib << 20;
    if (!disk.toFile().createNewFile()) {
      throw new FileAlreadyExistsException(disk.toString());
    }
    try (FileInputStream from = new FileInputStream(seed.toFile());
        RandomAccessFile to = new RandomAccessFile(disk.toFile(), "rw")) {
      long seedSize = seed.toFile().length();
      if (seedSize > size) {
        throw new IOException(
            "a disk of " + sizeMib + " MiB is smaller than the file system it starts as, " + seed);
      }
      copyData(from, to);
      to.setLength(size);
    }
  }

  /** Copies all blocks that are not zero; a file's holes read as zeros. */
  private static void copyData(FileInputStream from, RandomAccessFile to) throws IOException {
    byte[] chunk = new byte[64 * BLOCK];
    long offset = 0;
    for (int length = from.readNBytes(chunk, 0, chunk.length);
        length > 0;
        length = from.readNBytes(chunk, 0, chunk.length)) {
      for (int start = 0; start < length; start += BLOCK) {
        int end = Math.min(start + BLOCK, length);
        if (!Arrays.equals(chunk, start, end, ZEROS, 0, end - start)) {
          to.seek(offset + start);
          to.write(chunk, start, end - start);
        }
      }
      offset += length;
    }
  }
}

package io.boxlite.internal.image.tar;

import io.boxlite.ImageIntegrityException;
import java.util.Arrays;

/**
 * The data regions of a sparse file, in ascending order and without overlap.
 *
 * <p>Stored as one array of alternating offsets and lengths, since a map may have a million
 * regions.
 */
public final class SparseMap {
  /** A limit against archives that are made to fill the heap. */
  private static final int MAX_REGIONS = 1_000_000;

  private long[] numbers = new long[16];
  private int count;
  private long end;
  private long stored;

  SparseMap() {}

  /** Adds a region after the others. A region of no bytes only marks the end of the file. */
  void add(long offset, long length) {
    if (offset < end || length < 0 || offset + length < offset) {
      throw new ImageIntegrityException(
          "the sparse map has a region at "
              + offset
              + " of "
              + length
              + " bytes, which is not after the one that ends at "
              + end);
    }
    if (length == 0) {
      return;
    }
    if (count == MAX_REGIONS) {
      throw new ImageIntegrityException("the sparse map has more than " + MAX_REGIONS + " regions");
    }
    if (2 * count == numbers.length) {
      numbers = Arrays.copyOf(numbers, 2 * numbers.length);
    }
    numbers[2 * count] = offset;
    numbers[2 * count + 1] = length;
    count++;
    end = offset + length;
    stored += length;
  }

  /** Verifies the map against the file's size and the bytes that the archive has for it. */
  SparseMap complete(long fileSize, long storedSize) {
    if (end > fileSize || stored != storedSize) {
      throw new ImageIntegrityException(
          "the sparse map says that "
              + stored
              + " bytes are stored and the last ends at "
              + end
              + "; the archive has "
              + storedSize
              + " bytes for a file of "
              + fileSize);
    }
    return this;
  }

  /** Returns the number of data regions. */
  public int count() {
    return count;
  }

  /** Returns the offset of a region in the file, in bytes. */
  public long offset(int region) {
    return numbers[2 * region];
  }

  /** Returns the length of a region in bytes, which is never 0. */
  public long length(int region) {
    return numbers[2 * region + 1];
  }
}

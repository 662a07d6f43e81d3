package io.boxlite.internal.image.erofs;

import io.boxlite.ImageIntegrityException;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Allocates the image's blocks: those of files that an upper layer replaced, then new ones at the
 * end.
 */
final class BlockAllocator {
  /** Block addresses have 32 bits; the last one means a hole (EROFS_NULL_ADDR). */
  private static final long MAX_BLOCKS = 0xffff_ffffL;

  private record Extent(long blocks, long first) implements Comparable<Extent> {
    @Override
    public int compareTo(Extent other) {
      int bySize = Long.compare(blocks, other.blocks);
      return bySize != 0 ? bySize : Long.compare(first, other.first);
    }
  }

  private final NavigableSet<Extent> freeBySize = new TreeSet<>();
  private final TreeMap<Long, Long> freeByStart = new TreeMap<>();
  private long end;

  BlockAllocator(long firstBlock) {
    this.end = firstBlock;
  }

  /** Returns the number of blocks of the image. */
  long end() {
    return end;
  }

  /** Allocates consecutive blocks, which may contain old data. */
  long allocate(long blocks) {
    Extent fit = freeBySize.ceiling(new Extent(blocks, 0));
    if (fit == null) {
      return allocateZeroed(blocks);
    }
    takeFree(fit);
    if (fit.blocks > blocks) {
      addFree(new Extent(fit.blocks - blocks, fit.first + blocks));
    }
    return fit.first;
  }

  /** Allocates consecutive blocks that were never written, so that they read as zeros. */
  long allocateZeroed(long blocks) {
    if (blocks > MAX_BLOCKS - end) {
      throw new ImageIntegrityException(
          "the image is too large: its files take more than the 16 TiB that a root image can have");
    }
    long first = end;
    end += blocks;
    return first;
  }

  /** Frees blocks. */
  void free(long first, long blocks) {
    if (blocks == 0) {
      return;
    }
    Map.Entry<Long, Long> before = freeByStart.lowerEntry(first);
    if (before != null && before.getKey() + before.getValue() == first) {
      Extent merged = new Extent(before.getValue(), before.getKey());
      takeFree(merged);
      first = merged.first;
      blocks += merged.blocks;
    }
    Long after = freeByStart.get(first + blocks);
    if (after != null) {
      takeFree(new Extent(after, first + blocks));
      blocks += after;
    }
    addFree(new Extent(blocks, first));
  }

  private void takeFree(Extent extent) {
    freeBySize.remove(extent);
    freeByStart.remove(extent.first);
  }

  private void addFree(Extent extent) {
    freeBySize.add(extent);
    freeByStart.put(extent.first, extent.blocks);
  }
}

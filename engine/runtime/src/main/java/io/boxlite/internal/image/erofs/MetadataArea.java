package io.boxlite.internal.image.erofs;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Packs inodes, and the data that follows them, into metadata blocks.
 *
 * <p>An inode with its inline data must not cross a block boundary (erofs.rst, "Inode metadata
 * space"), so several blocks are kept open, and each inode goes into the fullest with enough room.
 */
final class MetadataArea {
  /** The alignment of inodes (a slot, the size of a compact inode). */
  static final int SLOT = 32;

  private static final int OPEN_BLOCKS = 16;

  /** The number of consecutive blocks to allocate, so that listing a directory reads few places. */
  private static final int MAX_RUN = 64;

  private static final class OpenBlock {
    final long address;
    final byte[] bytes = new byte[ImageFile.BLOCK];
    int used;

    OpenBlock(long address) {
      this.address = address;
    }

    int room() {
      return ImageFile.BLOCK - used;
    }
  }

  private final ImageFile file;
  private final BlockAllocator blocks;
  private final List<OpenBlock> open = new ArrayList<>();
  private int run = 4;
  private long nextInRun;
  private long endOfRun;

  MetadataArea(ImageFile file, BlockAllocator blocks) {
    this.file = file;
    this.blocks = blocks;
  }

  /** Stores an inode and the data that follows it, and returns its position in bytes. */
  long add(byte[] inode) {
    if (inode.length > ImageFile.BLOCK) {
      long address = blocks.allocateZeroed((inode.length + ImageFile.BLOCK - 1) / ImageFile.BLOCK);
      file.writeAt(address * ImageFile.BLOCK, ByteBuffer.wrap(inode));
      return address * ImageFile.BLOCK;
    }
    OpenBlock block = blockWithRoom(inode.length);
    int offset = block.used;
    System.arraycopy(inode, 0, block.bytes, offset, inode.length);
    block.used = (offset + inode.length + SLOT - 1) & -SLOT;
    return block.address * ImageFile.BLOCK + offset;
  }

  private OpenBlock blockWithRoom(int length) {
    OpenBlock best = null;
    OpenBlock fullest = null;
    for (OpenBlock block : open) {
      if (block.room() >= length && (best == null || block.used > best.used)) {
        best = block;
      }
      if (fullest == null || block.used > fullest.used) {
        fullest = block;
      }
    }
    if (best != null) {
      return best;
    }
    if (fullest != null && open.size() == OPEN_BLOCKS) {
      write(fullest);
      open.remove(fullest);
    }
    if (nextInRun == endOfRun) {
      nextInRun = blocks.allocateZeroed(run);
      endOfRun = nextInRun + run;
      run = Math.min(2 * run, MAX_RUN);
    }
    OpenBlock fresh = new OpenBlock(nextInRun++);
    open.add(fresh);
    return fresh;
  }

  /** Writes the open blocks. Later changes are written directly to the file. */
  void flush() {
    open.forEach(this::write);
    open.clear();
  }

  private void write(OpenBlock block) {
    file.writeAt(block.address * ImageFile.BLOCK, ByteBuffer.wrap(block.bytes));
  }
}

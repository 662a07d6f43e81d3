package io.boxlite.internal.image.erofs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The content of a directory: blocks of entries, each followed by their names, in the order of the
 * names' bytes, including the dots (erofs.rst, "Directories").
 */
final class DirectoryBlocks {
  /** struct erofs_dirent. */
  private static final int ENTRY = 12;

  private final DirectoryEntry[] entries;

  /** For each block, the index after its last entry. */
  private final List<Integer> ends = new ArrayList<>();

  private final int lastBlockSize;

  DirectoryBlocks(Directory directory) {
    this.entries = withDots(directory);
    int used = 0;
    for (int i = 0; i < entries.length; i++) {
      int needed = ENTRY + entries[i].name().length();
      if (used + needed > ImageFile.BLOCK) {
        ends.add(i);
        used = 0;
      }
      used += needed;
    }
    ends.add(entries.length);
    lastBlockSize = used;
  }

  private static DirectoryEntry[] withDots(Directory directory) {
    DirectoryEntry[] names = directory.sorted();
    DirectoryEntry[] all = Arrays.copyOf(names, names.length + 2);
    all[names.length] = new DirectoryEntry(".", directory, 0);
    all[names.length + 1] = new DirectoryEntry("..", directory.parent(), 0);
    Arrays.sort(all, Comparator.comparing(DirectoryEntry::name));
    return all;
  }

  /** Returns the directory's size in bytes. */
  long size() {
    return (long) (ends.size() - 1) * ImageFile.BLOCK + lastBlockSize;
  }

  /** Returns the number of blocks, including a partial last one. */
  int count() {
    return ends.size();
  }

  /** Returns the used size of the last block. */
  int lastBlockSize() {
    return lastBlockSize;
  }

  /** Returns the used bytes of a block. All inodes must have their numbers. */
  byte[] encode(int block) {
    int from = block == 0 ? 0 : ends.get(block - 1);
    int to = ends.get(block);
    ByteBuffer bytes = ByteBuffer.allocate(ImageFile.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    int nameOffset = ENTRY * (to - from);
    for (int i = from; i < to; i++) {
      DirectoryEntry entry = entries[i];
      bytes.putLong(entry.inode().nid());
      bytes.putShort((short) nameOffset);
      bytes.put((byte) entry.inode().type().code);
      bytes.put((byte) 0);
      byte[] name = entry.name().getBytes(ISO_8859_1);
      bytes.put(nameOffset, name);
      nameOffset += name.length;
    }
    return Arrays.copyOf(bytes.array(), nameOffset);
  }
}

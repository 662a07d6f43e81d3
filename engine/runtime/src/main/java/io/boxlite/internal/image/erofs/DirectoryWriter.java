package io.boxlite.internal.image.erofs;

import io.boxlite.ImageIntegrityException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the directories. All of them are placed first, which determines their inode numbers,
 * before their entries are written.
 */
final class DirectoryWriter {
  private final ImageFile file;
  private final BlockAllocator blocks;
  private final MetadataArea metadata;
  private final XattrTable xattrs;

  /** Parents before children. */
  private final List<Directory> directories = new ArrayList<>();

  DirectoryWriter(ImageFile file, BlockAllocator blocks, MetadataArea metadata, XattrTable xattrs) {
    this.file = file;
    this.blocks = blocks;
    this.metadata = metadata;
    this.xattrs = xattrs;
  }

  /** Places the root, at a fixed position, and all directories below it. */
  void place(Directory root, long rootPosition) {
    directories.add(root);
    // The list grows during the iteration.
    for (int i = 0; i < directories.size(); i++) {
      Directory directory = directories.get(i);
      DirectoryBlocks content = new DirectoryBlocks(directory);
      InodeRecord inode = inode(directory);
      boolean inline = inode.fitsInline(content.lastBlockSize());
      int count = inline ? content.count() - 1 : content.count();
      directory.firstDataBlock = count == 0 ? 0 : blocks.allocate(count);
      int length = inode.plain(0, 0, 0).length + (inline ? content.lastBlockSize() : 0);
      if (i > 0) {
        directory.nid = metadata.add(new byte[length]) / MetadataArea.SLOT;
      } else if (length <= ImageFile.BLOCK) {
        directory.nid = rootPosition / MetadataArea.SLOT;
      } else {
        throw new ImageIntegrityException(
            "the root directory's extended attributes take too much space");
      }
      for (DirectoryEntry entry : directory.sorted()) {
        if (entry.inode() instanceof Directory child) {
          directories.add(child);
        }
      }
    }
  }

  /** Writes all placed directories. */
  void write() {
    for (Directory directory : directories) {
      DirectoryBlocks content = new DirectoryBlocks(directory);
      InodeRecord inode = inode(directory);
      boolean inline = inode.fitsInline(content.lastBlockSize());
      int last = content.count() - 1;
      for (int i = 0; i < (inline ? last : last + 1); i++) {
        byte[] block = Arrays.copyOf(content.encode(i), ImageFile.BLOCK);
        file.writeAt((directory.firstDataBlock + i) * ImageFile.BLOCK, ByteBuffer.wrap(block));
      }
      int links = 2 + directory.subdirectories();
      byte[] record =
          inline
              ? inode.inline(content.size(), directory.firstDataBlock, links, content.encode(last))
              : inode.plain(content.size(), directory.firstDataBlock, links);
      file.writeAt(directory.nid * MetadataArea.SLOT, ByteBuffer.wrap(record));
    }
  }

  private InodeRecord inode(Directory directory) {
    Attributes attributes = directory.attributes();
    return new InodeRecord(FileType.DIRECTORY, attributes, xattrs.encode(attributes.xattrs()));
  }
}

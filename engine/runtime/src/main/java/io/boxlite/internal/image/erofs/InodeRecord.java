package io.boxlite.internal.image.erofs;

import io.boxlite.ImageIntegrityException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Encodes inodes, always in the extended form ({@code struct erofs_inode_extended}), since the
 * compact one has no time stamp.
 */
final class InodeRecord {
  /** The size without extended attributes and inline data. */
  static final int SIZE = 64;

  /** The offset of the link count. */
  static final int LINKS = 44;

  // i_format: bit 0 for an extended inode, bits 1 to 3 for the data's layout.
  private static final int EXTENDED = 1;
  private static final int FLAT_PLAIN = EXTENDED;
  private static final int FLAT_INLINE = 2 << 1 | EXTENDED;
  private static final int CHUNK_BASED = 4 << 1 | EXTENDED;

  private final FileType type;
  private final Attributes attributes;
  private final byte[] xattrs;

  InodeRecord(FileType type, Attributes attributes, byte[] xattrs) {
    this.type = type;
    this.attributes = attributes;
    this.xattrs = xattrs;
    unsigned32("owner", attributes.uid());
    unsigned32("group", attributes.gid());
  }

  private static void unsigned32(String what, long value) {
    if (value < 0 || value > 0xffff_ffffL) {
      throw new ImageIntegrityException(
          "the " + what + " " + value + " is not between 0 and 4294967295");
    }
  }

  /** Returns whether a tail of this size fits behind the inode in the same block. */
  boolean fitsInline(int tail) {
    return SIZE + xattrs.length + tail <= ImageFile.BLOCK;
  }

  /** Encodes an inode with all data in blocks. */
  byte[] plain(long size, long firstBlock, int links) {
    return bytes(FLAT_PLAIN, size, (int) firstBlock, links, new byte[0]);
  }

  /** Encodes an inode followed by the last, partial block of its data. */
  byte[] inline(long size, long firstBlock, int links, byte[] tail) {
    return bytes(FLAT_INLINE, size, (int) firstBlock, links, tail);
  }

  /** Encodes an inode followed by the addresses of its chunks of 2^chunkBits blocks each. */
  byte[] chunked(long size, int chunkBits, byte[] addresses) {
    return bytes(CHUNK_BASED, size, chunkBits, 1, addresses);
  }

  /** Encodes an inode without data. */
  byte[] device(int number) {
    return bytes(FLAT_PLAIN, 0, number, 1, new byte[0]);
  }

  private byte[] bytes(int format, long size, int union, int links, byte[] behind) {
    ByteBuffer inode =
        ByteBuffer.allocate(SIZE + xattrs.length + behind.length).order(ByteOrder.LITTLE_ENDIAN);
    inode.putShort((short) format);
    inode.putShort((short) (xattrs.length == 0 ? 0 : (xattrs.length - 12) / 4 + 1));
    inode.putShort((short) (type.mode | attributes.permissions()));
    inode.putShort((short) 0);
    inode.putLong(size);
    inode.putInt(union);
    // i_ino, which only 32-bit systems use.
    inode.putInt(0);
    inode.putInt((int) attributes.uid());
    inode.putInt((int) attributes.gid());
    inode.putLong(attributes.mtimeSeconds());
    inode.putInt(attributes.mtimeNanos());
    inode.putInt(links);
    inode.position(SIZE);
    inode.put(xattrs).put(behind);
    return inode.array();
  }
}

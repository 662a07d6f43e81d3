package io.boxlite.internal.image.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The first block of an image: {@code struct erofs_super_block} at byte 1024. */
final class Superblock {
  static final int OFFSET = 1024;
  private static final int MAGIC = 0xe0f5e1e2;
  private static final int CHECKSUM = OFFSET + 4;
  private static final int BLOCKS = OFFSET + 36;
  private static final int UUID = OFFSET + 48;
  private static final int FEATURE_COMPAT_SB_CHKSUM = 1;
  private static final int FEATURE_COMPAT_MTIME = 2;
  private static final int FEATURE_INCOMPAT_CHUNKED_FILE = 4;

  private Superblock() {}

  static ByteBuffer encode(
      long rootNid, long inodes, long blocks, long sharedXattrs, boolean chunked, byte[] uuid) {
    ByteBuffer block = ByteBuffer.allocate(ImageFile.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    block.position(OFFSET);
    block.putInt(MAGIC);
    block.putInt(0);
    block.putInt(FEATURE_COMPAT_SB_CHKSUM | FEATURE_COMPAT_MTIME);
    block.put((byte) Integer.numberOfTrailingZeros(ImageFile.BLOCK));
    block.put((byte) 0);
    block.putShort((short) rootNid);
    block.putLong(inodes);
    // The build time only applies to compact inodes, which are not used.
    block.putLong(0);
    block.putInt(0);
    block.putInt((int) blocks);
    // meta_blkaddr: inode numbers count from the start of the image.
    block.putInt(0);
    block.putInt((int) sharedXattrs);
    block.put(uuid);
    // The volume's name.
    block.put(new byte[16]);
    block.putInt(chunked ? FEATURE_INCOMPAT_CHUNKED_FILE : 0);
    block.putInt(CHECKSUM, checksum(block.array()));
    return block.rewind();
  }

  /**
   * Returns the CRC-32C of the rest of the block, without the usual final inversion
   * (fs/erofs/super.c).
   */
  private static int checksum(byte[] block) {
    CRC32C crc = new CRC32C();
    crc.update(block, OFFSET, 4);
    crc.update(new byte[4]);
    crc.update(block, CHECKSUM + 4, ImageFile.BLOCK - CHECKSUM - 4);
    return ~(int) crc.getValue();
  }

  /** Returns whether a file has the superblock of an image with this UUID, and the size in it. */
  static boolean isOf(Path file, byte[] uuid) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(ImageFile.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(file)) {
      while (block.hasRemaining()) {
        if (channel.read(block) < 0) {
          return false;
        }
      }
      return block.getInt(OFFSET) == MAGIC
          && block.getInt(CHECKSUM) == checksum(block.array())
          && Arrays.equals(block.array(), UUID, UUID + 16, uuid, 0, 16)
          && channel.size() == Integer.toUnsignedLong(block.getInt(BLOCKS)) * ImageFile.BLOCK;
    }
  }
}

package io.boxlite.internal.image.erofs;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Looks up files in an image that {@link ErofsWriter} has written. */
public final class ErofsLookup implements AutoCloseable {
  private static final int BLOCK = ImageFile.BLOCK;

  /** Larger directories are not searched. */
  private static final int MAX_DIRECTORY = 16 << 20;

  // i_format >> 1
  private static final int PLAIN = 0;
  private static final int INLINE = 2;

  private final FileChannel image;

  private ErofsLookup(FileChannel image) {
    this.image = image;
  }

  /** Opens an image. */
  public static ErofsLookup open(Path image) throws IOException {
    return new ErofsLookup(FileChannel.open(image));
  }

  /**
   * Reads a file.
   *
   * @param path the names from the root down
   * @param maxBytes the maximum size of the file
   * @return the content, of no bytes when the file does not exist; empty when what a program in the
   *     box would read is unknown, as behind a symbolic link
   */
  public Optional<byte[]> read(List<String> path, int maxBytes) throws IOException {
    OptionalLong nid = walk(path);
    if (nid.isEmpty()) {
      return Optional.empty();
    }
    return nid.getAsLong() < 0
        ? Optional.of(new byte[0])
        : data(nid.getAsLong(), FileType.REGULAR, maxBytes);
  }

  /**
   * Looks up a directory.
   *
   * @param path the names from the root down
   * @return whether it exists; false also when this is unknown, as behind a symbolic link
   */
  public boolean hasDirectory(List<String> path) throws IOException {
    OptionalLong nid = walk(path);
    return nid.isPresent() && nid.getAsLong() >= 0 && is(nid.getAsLong(), FileType.DIRECTORY);
  }

  /**
   * Returns the inode of a path, or -1 if it does not exist; empty when a component on the way is
   * not a directory.
   */
  private OptionalLong walk(List<String> path) throws IOException {
    long nid = Short.toUnsignedLong(bytes(Superblock.OFFSET + 14, 2).getShort());
    for (String name : path) {
      Optional<byte[]> directory = data(nid, FileType.DIRECTORY, MAX_DIRECTORY);
      if (directory.isEmpty()) {
        return OptionalLong.empty();
      }
      nid = find(directory.get(), name);
      if (nid < 0) {
        break;
      }
    }
    return OptionalLong.of(nid);
  }

  private boolean is(long nid, FileType type) throws IOException {
    return (bytes(32 * nid + 4, 2).getShort() & 0170000) == type.mode;
  }

  private Optional<byte[]> data(long nid, FileType type, int maxBytes) throws IOException {
    long at = 32 * nid; // meta_blkaddr is 0
    ByteBuffer inode = bytes(at, InodeRecord.SIZE);
    int layout = inode.getShort(0) >> 1;
    int xattrs = Short.toUnsignedInt(inode.getShort(2));
    long size = inode.getLong(8);
    if ((inode.getShort(4) & 0170000) != type.mode
        || size > maxBytes
        || layout != PLAIN && layout != INLINE) {
      return Optional.empty();
    }
    byte[] data = new byte[(int) size];
    int inBlocks = layout == INLINE ? data.length / BLOCK * BLOCK : data.length;
    bytes(Integer.toUnsignedLong(inode.getInt(16)) * BLOCK, inBlocks).get(data, 0, inBlocks);
    long behind = at + InodeRecord.SIZE + (xattrs == 0 ? 0 : 12 + 4L * (xattrs - 1));
    bytes(behind, data.length - inBlocks).get(data, inBlocks, data.length - inBlocks);
    return Optional.of(data);
  }

  /** Returns the inode of a name in a directory's blocks ({@code struct erofs_dirent}), or -1. */
  private static long find(byte[] directory, String name) {
    for (int from = 0; from < directory.length; from += BLOCK) {
      int length = Math.min(BLOCK, directory.length - from);
      ByteBuffer block =
          ByteBuffer.wrap(directory, from, length).slice().order(ByteOrder.LITTLE_ENDIAN);
      int count = block.getShort(8) / 12;
      for (int i = 0; i < count; i++) {
        int start = block.getShort(12 * i + 8);
        int end = i + 1 < count ? block.getShort(12 * i + 20) : length;
        String found =
            new String(directory, from + start, end - start, StandardCharsets.ISO_8859_1);
        int padding = found.indexOf('\0');
        if ((padding < 0 ? found : found.substring(0, padding)).equals(name)) {
          return block.getLong(12 * i);
        }
      }
    }
    return -1;
  }

  private ByteBuffer bytes(long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (image.read(bytes, at + bytes.position()) < 0) {
        throw new EOFException("the image ends before byte " + (at + length));
      }
    }
    return bytes.flip();
  }

  @Override
  public void close() throws IOException {
    image.close();
  }
}

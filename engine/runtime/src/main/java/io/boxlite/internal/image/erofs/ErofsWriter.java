package io.boxlite.internal.image.erofs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.tar.SparseMap;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes one image: files as they come, then {@link #finish} the rest.
 *
 * <p>Files get into the image by making them here, which streams their data to the disk, and
 * putting them into a {@link Directory}. A failure to write is a {@link
 * io.boxlite.BoxliteException}; an {@link IOException} comes from the stream that is read.
 */
public final class ErofsWriter implements AutoCloseable {
  /** The root's number must fit into 16 bits, so it has a block of its own at the start. */
  private static final long ROOT_BLOCK = 1;

  /**
   * A file's end goes behind its inode when it is at most this long. More would save hardly any
   * space, but cost a second read.
   */
  private static final int MAX_INLINE = 3072;

  /** More chunks make the map of a file with holes finer, and longer to read. */
  private static final long MAX_CHUNKS = 65536;

  /** EROFS_CHUNK_FORMAT_BLKBITS_MASK. */
  private static final int MAX_CHUNK_BITS = 31;

  private static final int BLOCK_BITS = 12;

  private final ImageFile file;
  private final BlockAllocator blocks = new BlockAllocator(ROOT_BLOCK + 1);
  private final MetadataArea metadata;
  private final XattrTable xattrs = new XattrTable();
  private final Directory root = new Directory();
  private final List<Inode> linked = new ArrayList<>();
  private long inodes = 1;
  private boolean chunked;

  /** Starts an image; whatever the file has is overwritten. */
  public ErofsWriter(Path path) {
    file = new ImageFile(path);
    metadata = new MetadataArea(file, blocks);
  }

  /** The root directory. */
  public Directory root() {
    return root;
  }

  /** Makes a regular file of the stream's next bytes. */
  public Inode file(Attributes attributes, long size, InputStream data) throws IOException {
    InodeRecord inode = inode(FileType.REGULAR, attributes);
    int tail = (int) (size & (ImageFile.BLOCK - 1));
    boolean inline = tail > 0 && tail <= MAX_INLINE && inode.fitsInline(tail);
    long inBlocks = inline ? size - tail : size;
    long count = blocksOf(inBlocks);
    long first = count == 0 ? 0 : blocks.allocate(count);
    file.copy(data, first * ImageFile.BLOCK, inBlocks);
    byte[] record;
    if (inline) {
      byte[] end = new byte[tail];
      if (data.readNBytes(end, 0, tail) < tail) {
        throw new ImageIntegrityException("a file's data ends early");
      }
      record = inode.inline(size, first, 1, end);
    } else {
      file.padBlock(first * ImageFile.BLOCK + inBlocks);
      record = inode.plain(size, first, 1);
    }
    return new Inode(FileType.REGULAR, add(record), first, (int) count);
  }

  /** Makes a regular file with holes of the stream's next bytes, which go where the map says. */
  public Inode sparseFile(Attributes attributes, long size, SparseMap map, InputStream data)
      throws IOException {
    int chunkBits = 0;
    while (chunks(size, chunkBits) > MAX_CHUNKS) {
      chunkBits++;
    }
    if (chunkBits > MAX_CHUNK_BITS) {
      throw new ImageIntegrityException(
          "a file with holes has a size of "
              + size
              + " bytes; at most "
              + (MAX_CHUNKS << (BLOCK_BITS + MAX_CHUNK_BITS))
              + " are possible");
    }
    int shift = BLOCK_BITS + chunkBits;
    // -1 is EROFS_NULL_ADDR, a hole.
    int[] addresses = new int[(int) chunks(size, chunkBits)];
    Arrays.fill(addresses, -1);
    for (int region = 0; region < map.count(); region++) {
      long at = map.offset(region);
      long end = at + map.length(region);
      while (at < end) {
        int chunk = (int) (at >> shift);
        long start = (long) chunk << shift;
        long stop = Math.min(start + (1L << shift), size);
        if (addresses[chunk] == -1) {
          // What the map leaves out of the chunk has to read as zeros.
          addresses[chunk] = (int) blocks.allocateZeroed(blocksOf(stop - start));
        }
        long length = Math.min(stop, end) - at;
        long address = Integer.toUnsignedLong(addresses[chunk]) * ImageFile.BLOCK;
        file.copy(data, address + (at - start), length);
        at += length;
      }
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 * addresses.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(addresses);
    chunked = true;
    byte[] record = inode(FileType.REGULAR, attributes).chunked(size, chunkBits, bytes.array());
    return new Inode(FileType.REGULAR, add(record), 0, 0);
  }

  private static long chunks(long size, int chunkBits) {
    int shift = BLOCK_BITS + chunkBits;
    return (size >> shift) + ((size & ((1L << shift) - 1)) == 0 ? 0 : 1);
  }

  private static long blocksOf(long bytes) {
    return (bytes >> BLOCK_BITS) + ((bytes & (ImageFile.BLOCK - 1)) == 0 ? 0 : 1);
  }

  /** Makes a symbolic link; the target has from 1 to 4095 bytes. */
  public Symlink symlink(Attributes attributes, String target) {
    InodeRecord inode = inode(FileType.SYMLINK, attributes);
    byte[] bytes = target.getBytes(ISO_8859_1);
    if (inode.fitsInline(bytes.length)) {
      return new Symlink(add(inode.inline(bytes.length, 0, 1, bytes)), 0, 0, target);
    }
    long block = blocks.allocate(1);
    file.writeAt(block * ImageFile.BLOCK, ByteBuffer.wrap(Arrays.copyOf(bytes, ImageFile.BLOCK)));
    return new Symlink(add(inode.plain(bytes.length, block, 1)), block, 1, target);
  }

  /** Makes a device; the numbers must fit into 12 and 20 bits. */
  public Inode device(Attributes attributes, FileType type, long major, long minor) {
    if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff) {
      throw new ImageIntegrityException(
          "the device "
              + major
              + ":"
              + minor
              + " is out of range; Linux has major numbers up to 4095 and minor ones up to 1048575");
    }
    // new_encode_dev, linux/kdev_t.h.
    int number = (int) (minor & 0xff | major << 8 | (minor & ~0xffL) << 12);
    return new Inode(type, add(inode(type, attributes).device(number)), 0, 0);
  }

  /** Makes a named pipe. */
  public Inode fifo(Attributes attributes) {
    return new Inode(FileType.FIFO, add(inode(FileType.FIFO, attributes).device(0)), 0, 0);
  }

  private InodeRecord inode(FileType type, Attributes attributes) {
    return new InodeRecord(type, attributes, xattrs.encode(attributes.xattrs()));
  }

  private long add(byte[] record) {
    inodes++;
    return metadata.add(record) / MetadataArea.SLOT;
  }

  /** Makes an empty directory in another one. */
  public DirectoryEntry directory(Directory parent, String name, Attributes attributes, int layer) {
    inodes++;
    return put(parent, name, new Directory(parent, attributes), layer);
  }

  /** Gives a new file its first name, which must be free. */
  public DirectoryEntry put(Directory parent, String name, Inode inode, int layer) {
    DirectoryEntry entry = new DirectoryEntry(name, inode, layer);
    parent.put(entry);
    return entry;
  }

  /** Gives a file that has a name another one, which must be free. */
  public void link(Directory parent, String name, Inode inode, int layer) {
    if (inode.links++ == 1) {
      linked.add(inode);
    }
    parent.put(new DirectoryEntry(name, inode, layer));
  }

  /** Takes a name away, with all that is below it. */
  public void remove(Directory parent, DirectoryEntry entry) {
    parent.remove(entry);
    release(entry.inode());
  }

  private void release(Inode inode) {
    if (inode instanceof Directory directory) {
      for (DirectoryEntry entry : directory.entries()) {
        release(entry.inode());
      }
      inodes--;
    } else if (--inode.links == 0) {
      blocks.free(inode.firstBlock(), inode.blocks());
      inodes--;
    }
  }

  /**
   * Writes what is left, and waits until all is on the disk.
   *
   * @param uuid the image's UUID, 16 bytes
   */
  public void finish(byte[] uuid) {
    DirectoryWriter directories = new DirectoryWriter(file, blocks, metadata, xattrs);
    directories.place(root, ROOT_BLOCK * ImageFile.BLOCK);
    metadata.flush();
    directories.write();
    for (Inode inode : linked) {
      if (inode.links > 0) {
        ByteBuffer links = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        links.putInt(0, inode.links);
        file.writeAt(inode.nid() * MetadataArea.SLOT + InodeRecord.LINKS, links);
      }
    }
    byte[] shared = xattrs.sharedArea();
    long sharedBlock = shared.length == 0 ? 0 : blocks.allocateZeroed(blocksOf(shared.length));
    file.writeAt(sharedBlock * ImageFile.BLOCK, ByteBuffer.wrap(shared));
    ByteBuffer superblock =
        Superblock.encode(root.nid(), inodes, blocks.end(), sharedBlock, chunked, uuid);
    file.writeAt(0, superblock);
    file.finish(blocks.end() * ImageFile.BLOCK);
  }

  /** Whether a file is the image that was finished with this UUID, as far as its start tells. */
  public static boolean isImage(Path path, byte[] uuid) throws IOException {
    return Superblock.isOf(path, uuid);
  }

  /** Closes the file; without {@link #finish} it is no image. */
  @Override
  public void close() {
    file.close();
  }
}

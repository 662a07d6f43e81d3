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
 * Writes an image: files as they arrive, and everything else in {@link #finish}.
 *
 * <p>A file is created here, which streams its data to the disk, and then added to a {@link
 * Directory}. A failure to write is a {@link io.boxlite.BoxliteException}; an {@link IOException}
 * comes from the stream that is read.
 */
public final class ErofsWriter implements AutoCloseable {
  /**
   * The root's inode number must fit into 16 bits, so the root has a separate block at the start.
   */
  private static final long ROOT_BLOCK = 1;

  /**
   * The last part of a file is stored behind its inode if it is at most this long. A larger limit
   * would hardly save space, but cost a second read.
   */
  private static final int MAX_INLINE = 3072;

  /** The maximum number of chunks of a sparse file; more make its map finer, but slower to read. */
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

  /** Starts an image, overwriting an existing file. */
  public ErofsWriter(Path path) {
    file = new ImageFile(path);
    metadata = new MetadataArea(file, blocks);
  }

  /** Returns the root directory. */
  public Directory root() {
    return root;
  }

  /** Creates a regular file with the stream's next bytes. */
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

  /** Creates a sparse file with the stream's next bytes, placed according to the map. */
  public Inode sparseFile(Attributes attributes, long size, SparseMap map, InputStream data)
      throws IOException {
    int chunkBits = 0;
    while (chunks(size, chunkBits) > MAX_CHUNKS) {
      chunkBits++;
    }
    if (chunkBits > MAX_CHUNK_BITS) {
      throw new ImageIntegrityException(
          "a sparse file has a size of "
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
          // The holes within the chunk must read as zeros.
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

  /** Creates a symbolic link with a target of 1 to 4095 bytes. */
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

  /** Creates a device. The numbers must fit into 12 and 20 bits. */
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

  /** Creates a named pipe. */
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

  /** Creates an empty directory in another one. */
  public DirectoryEntry directory(Directory parent, String name, Attributes attributes, int layer) {
    inodes++;
    return put(parent, name, new Directory(parent, attributes), layer);
  }

  /** Adds the first name of a new file, which must not exist. */
  public DirectoryEntry put(Directory parent, String name, Inode inode, int layer) {
    DirectoryEntry entry = new DirectoryEntry(name, inode, layer);
    parent.put(entry);
    return entry;
  }

  /** Adds another name of a file, which must not exist. */
  public void link(Directory parent, String name, Inode inode, int layer) {
    if (inode.links++ == 1) {
      linked.add(inode);
    }
    parent.put(new DirectoryEntry(name, inode, layer));
  }

  /** Removes a name and everything below it. */
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
   * Writes everything else and forces the file to the disk.
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

  /**
   * Returns whether a file is a complete image with this UUID, judged by its superblock and size.
   */
  public static boolean isImage(Path path, byte[] uuid) throws IOException {
    return Superblock.isOf(path, uuid);
  }

  /** Closes the file. Without {@link #finish} it is not a valid image. */
  @Override
  public void close() {
    file.close();
  }
}

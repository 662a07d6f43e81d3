package io.boxlite.internal.image.erofs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads images as the kernel does (fs/erofs of Linux 6.1), and is stricter with what it finds.
 * Written from the format's description, with nothing in common with the writer.
 */
public final class ErofsReader implements AutoCloseable {
  private static final int BLOCK = 4096;

  private final FileChannel channel;
  private final ByteBuffer superblock;

  public ErofsReader(Path image) {
    try {
      channel = FileChannel.open(image);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    superblock = read(1024, 128);
    assertThat(superblock.getInt(0)).as("magic").isEqualTo(0xe0f5e1e2);
    assertThat(superblock.get(12)).as("block bits").isEqualTo((byte) 12);
    assertThat(superblock.getInt(4)).as("checksum").isEqualTo(checksum());
  }

  /** CRC-32C bit by bit, as erofs_superblock_csum_verify has it: no inversion at the end. */
  private int checksum() {
    byte[] block = read(1024, BLOCK - 1024).putInt(4, 0).array();
    int crc = -1;
    for (byte b : block) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : 0x82f63b78);
      }
    }
    return crc;
  }

  /** An inode and where its data is. */
  public final class Node {
    final long nid;
    private final long behind;
    private final int layout;
    private final int union;
    public final int mode;
    public final long size;
    public final long uid;
    public final long gid;
    public final long mtime;
    public final int nanos;
    public final int links;
    public final Map<String, String> xattrs;

    Node(long nid) {
      this.nid = nid;
      long at = Integer.toUnsignedLong(superblock.getInt(40)) * BLOCK + 32 * nid;
      assertThat(at % BLOCK).as("place of inode %d", nid).isLessThanOrEqualTo(BLOCK - 64);
      ByteBuffer inode = read(at, 64);
      int format = inode.getShort(0);
      assertThat(format & 1).as("extended inode").isOne();
      layout = format >> 1;
      int xattrCount = inode.getShort(2) & 0xffff;
      mode = inode.getShort(4) & 0xffff;
      size = inode.getLong(8);
      union = inode.getInt(16);
      uid = Integer.toUnsignedLong(inode.getInt(24));
      gid = Integer.toUnsignedLong(inode.getInt(28));
      mtime = inode.getLong(32);
      nanos = inode.getInt(40);
      links = inode.getInt(44);
      int xattrSize = xattrCount == 0 ? 0 : 12 + 4 * (xattrCount - 1);
      xattrs = xattrs(at + 64, xattrSize);
      behind = at + 64 + xattrSize;
    }

    /** Whether this is the same file, maybe by another name. */
    public boolean isSameAs(Node other) {
      return nid == other.nid;
    }

    public char type() {
      return switch (mode >> 12) {
        case 010 -> 'f';
        case 004 -> 'd';
        case 002 -> 'c';
        case 006 -> 'b';
        case 001 -> 'p';
        case 012 -> 'l';
        default -> throw new AssertionError("mode " + Integer.toOctalString(mode));
      };
    }

    public String permissions() {
      return Integer.toOctalString(mode & 07777);
    }

    /** Major and minor number of a device. */
    public String device() {
      return ((union & 0xfff00) >> 8) + ":" + (union & 0xff | union >>> 12 & 0xfff00);
    }

    /** All of the file. What its last block has behind it must be zeros, since it can be mapped. */
    public byte[] content() {
      int behindEnd = (int) (-size & (BLOCK - 1));
      if (layout != 2 && behindEnd > 0 && !isHole(size - 1)) {
        assertThat(read(address(size - 1) + 1, behindEnd).array()).containsOnly(0);
      }
      return content(0, Math.toIntExact(size));
    }

    public byte[] content(long from, int length) {
      byte[] bytes = new byte[length];
      int done = 0;
      while (done < length) {
        long at = from + done;
        int count = (int) Math.min(length - done, BLOCK - at % BLOCK);
        long address = address(at);
        if (address >= 0) {
          read(address, count).get(bytes, done, count);
        }
        done += count;
      }
      return bytes;
    }

    public String text() {
      return new String(content(), ISO_8859_1);
    }

    /** Whether there is nothing stored for a place in the file. */
    public boolean isHole(long at) {
      return address(at) < 0;
    }

    private long address(long at) {
      if (layout == 4) {
        int bits = 12 + (union & 0x1f);
        long map = (behind + 3) / 4 * 4;
        int block = read(map + 4 * (at >> bits), 4).getInt();
        return block == -1 ? -1 : Integer.toUnsignedLong(block) * BLOCK + (at & (1L << bits) - 1);
      }
      long inBlocks = layout == 2 ? size / BLOCK * BLOCK : size;
      if (at < inBlocks) {
        return Integer.toUnsignedLong(union) * BLOCK + at;
      }
      assertThat(behind % BLOCK + (size - inBlocks))
          .as("end of inline data")
          .isLessThanOrEqualTo(BLOCK);
      return behind + at - inBlocks;
    }
  }

  private Map<String, String> xattrs(long at, int size) {
    Map<String, String> xattrs = new TreeMap<>();
    if (size > 0) {
      int shared = read(at, 12).get(4) & 0xff;
      long area = Integer.toUnsignedLong(superblock.getInt(44)) * BLOCK;
      for (int i = 0; i < shared; i++) {
        xattr(area + 4 * Integer.toUnsignedLong(read(at + 12 + 4L * i, 4).getInt()), xattrs);
      }
      long next = at + 12 + 4L * shared;
      while (next < at + size) {
        next = xattr(next, xattrs);
      }
      assertThat(next).as("end of attributes").isEqualTo(at + size);
    }
    return xattrs;
  }

  private long xattr(long at, Map<String, String> to) {
    ByteBuffer head = read(at, 4);
    int nameLength = head.get(0) & 0xff;
    int valueLength = head.getShort(2) & 0xffff;
    String[] prefixes = {
      "",
      "user.",
      "system.posix_acl_access",
      "system.posix_acl_default",
      "trusted.",
      "",
      "security."
    };
    String name = new String(read(at + 4, nameLength).array(), ISO_8859_1);
    String value = new String(read(at + 4 + nameLength, valueLength).array(), ISO_8859_1);
    assertThat(to.put(prefixes[head.get(1)] + name, value)).isNull();
    return at + (4 + nameLength + valueLength + 3) / 4 * 4L;
  }

  public Node root() {
    return new Node(superblock.getShort(14) & 0xffff);
  }

  public long inodes() {
    return superblock.getLong(16);
  }

  public long blocks() {
    return Integer.toUnsignedLong(superblock.getInt(36));
  }

  /** The entries of a directory by name, dots included, in order. */
  public Map<String, Long> list(Node directory) {
    assertThat(directory.type()).isEqualTo('d');
    Map<String, Long> entries = new TreeMap<>();
    String last = "";
    for (long from = 0; from < directory.size; from += BLOCK) {
      int length = (int) Math.min(BLOCK, directory.size - from);
      ByteBuffer block =
          ByteBuffer.wrap(directory.content(from, length)).order(ByteOrder.LITTLE_ENDIAN);
      int count = block.getShort(8) / 12;
      for (int i = 0; i < count; i++) {
        int start = block.getShort(12 * i + 8);
        int end = i + 1 < count ? block.getShort(12 * i + 20) : length;
        String name = new String(Arrays.copyOfRange(block.array(), start, end), ISO_8859_1);
        name = name.indexOf('\0') < 0 ? name : name.substring(0, name.indexOf('\0'));
        assertThat(name).as("order of entries").isGreaterThan(last);
        last = name;
        Node node = new Node(block.getLong(12 * i));
        assertThat("xfdcbp?l".charAt(block.get(12 * i + 10)))
            .as("type of %s", name)
            .isEqualTo(node.type());
        entries.put(name, node.nid);
      }
    }
    assertThat(entries).containsEntry(".", directory.nid);
    return entries;
  }

  /** Finds a path without following links; null when there is none. */
  public @Nullable Node find(String path) {
    Node node = root();
    for (String name : path.split("/")) {
      if (!name.isEmpty()) {
        Long nid = list(node).get(name);
        if (nid == null) {
          return null;
        }
        node = new Node(nid);
      }
    }
    return node;
  }

  public Node get(String path) {
    Node node = find(path);
    if (node == null) {
      throw new AssertionError("there is no " + path);
    }
    return node;
  }

  /** Every path below the root, sorted, with its inode; checks the numbers of links on the way. */
  public Map<String, Node> tree() {
    Map<String, Node> tree = new TreeMap<>();
    Map<Long, Integer> names = new TreeMap<>();
    walk("", root(), root(), tree, names);
    for (Node node : tree.values()) {
      if (node.type() != 'd') {
        assertThat(node.links).as("links").isEqualTo(names.get(node.nid));
      }
    }
    assertThat(inodes()).as("number of inodes").isEqualTo(names.size() + 1L);
    return tree;
  }

  private void walk(
      String path, Node directory, Node parent, Map<String, Node> to, Map<Long, Integer> names) {
    Map<String, Long> entries = list(directory);
    assertThat(entries.remove("..")).isEqualTo(parent.nid);
    entries.remove(".");
    int subdirectories = 0;
    for (Map.Entry<String, Long> entry : entries.entrySet()) {
      Node node = new Node(entry.getValue());
      String name = path.isEmpty() ? entry.getKey() : path + "/" + entry.getKey();
      to.put(name, node);
      names.merge(node.nid, 1, Integer::sum);
      if (node.type() == 'd') {
        subdirectories++;
        walk(name, node, directory, to, names);
      }
    }
    assertThat(directory.links).as("links of %s", path).isEqualTo(2 + subdirectories);
  }

  /** Paths with a mark for the type: {@code a/}, {@code a}, {@code a -> b}. */
  public List<String> paths() {
    List<String> paths = new ArrayList<>();
    tree()
        .forEach(
            (path, node) ->
                paths.add(
                    switch (node.type()) {
                      case 'd' -> path + "/";
                      case 'l' -> path + " -> " + node.text();
                      default -> path;
                    }));
    return paths;
  }

  private ByteBuffer read(long at, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    try {
      while (bytes.hasRemaining()) {
        int got = channel.read(bytes, at + bytes.position());
        assertThat(got).as("bytes at %d", at).isPositive();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.flip();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

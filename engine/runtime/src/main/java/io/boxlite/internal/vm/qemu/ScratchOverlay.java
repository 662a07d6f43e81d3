package io.boxlite.internal.vm.qemu;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The disk of a restored machine: an empty qcow2 image for what the machine writes, above the saved
 * disk, which is not modified (docs/interop/qcow2.txt of QEMU).
 *
 * <p>QEMU could create it, but would need a directory that it can write to.
 */
final class ScratchOverlay {
  private static final int CLUSTER_BITS = 16; // the default of QEMU
  private static final int CLUSTER = 1 << CLUSTER_BITS;
  private static final int MAGIC = 0x514649fb; // "QFI\xfb"
  private static final int VERSION = 3;
  private static final int HEADER_BYTES = 104;
  private static final int REFCOUNT_ORDER = 4; // 16 bits

  // The clusters of the file.
  private static final int REFCOUNT_TABLE = 1;
  private static final int REFCOUNTS = 2;
  private static final int MAPPING_TABLE = 3;
  private static final int CLUSTERS = 4;

  /** A table of mappings is a cluster of 8-byte entries. */
  private static final long MAPPED_BY_TABLE = (long) CLUSTER / Long.BYTES * CLUSTER;

  private ScratchOverlay() {}

  /**
   * Creates an overlay.
   *
   * @param file the file to create; it must not exist
   * @param bytes the size of the disk; at most 4 TiB
   */
  static void create(Path file, long bytes) throws IOException {
    Files.createFile(file);
    // Not a channel: it would be closed by an interrupt of the calling thread.
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      write(out, 0, header(bytes));
      write(out, REFCOUNT_TABLE, ByteBuffer.allocate(Long.BYTES).putLong(offset(REFCOUNTS)));
      ByteBuffer refcounts = ByteBuffer.allocate(CLUSTERS * Short.BYTES);
      for (int i = 0; i < CLUSTERS; i++) {
        refcounts.putShort((short) 1);
      }
      write(out, REFCOUNTS, refcounts);
      // The table of mapping tables is empty, but must be there as a whole.
      out.setLength(offset(CLUSTERS));
    }
  }

  private static ByteBuffer header(long bytes) {
    long tables = (bytes + MAPPED_BY_TABLE - 1) / MAPPED_BY_TABLE;
    if (tables > CLUSTER / Long.BYTES) {
      throw new IllegalArgumentException("a disk of " + bytes + " bytes needs a larger table");
    }
    return ByteBuffer.allocate(HEADER_BYTES)
        .putInt(MAGIC)
        .putInt(VERSION)
        .putLong(0) // the backing file is named on QEMU's command line
        .putInt(0)
        .putInt(CLUSTER_BITS)
        .putLong(bytes)
        .putInt(0) // not encrypted
        .putInt((int) tables)
        .putLong(offset(MAPPING_TABLE))
        .putLong(offset(REFCOUNT_TABLE))
        .putInt(1) // cluster of the refcount table
        .putInt(0) // snapshots
        .putLong(0)
        .putLong(0) // incompatible features
        .putLong(0) // compatible features
        .putLong(0) // features that a writer would have to clear
        .putInt(REFCOUNT_ORDER)
        .putInt(HEADER_BYTES);
  }

  private static long offset(int cluster) {
    return (long) cluster * CLUSTER;
  }

  private static void write(RandomAccessFile out, int cluster, ByteBuffer bytes)
      throws IOException {
    out.seek(offset(cluster));
    out.write(bytes.array(), 0, bytes.position());
  }
}

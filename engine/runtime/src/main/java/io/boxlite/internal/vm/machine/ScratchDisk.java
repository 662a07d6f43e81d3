package io.boxlite.internal.vm.machine;

import io.boxlite.internal.host.SparseFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The disk for what a box writes: a copy of a small ext4 file system, followed by a hole, into
 * which the agent grows the file system. The host allocates a block when it is first written.
 */
public final class ScratchDisk {
  private ScratchDisk() {}

  /**
   * Creates a scratch disk.
   *
   * @param seed the file system it starts as
   * @param disk the file to create; it must not exist
   * @param sizeMib the size of the disk as the guest sees it
   * @throws IOException also when the disk is smaller than the seed
   */
  public static void create(Path seed, Path disk, int sizeMib) throws IOException {
    long size = (long) sizeMib << 20;
    if (seed.toFile().length() > size) {
      throw new IOException(
          "a disk of " + sizeMib + " MiB is smaller than the file system it starts as, " + seed);
    }
    SparseFile.copy(seed, disk, size);
  }
}

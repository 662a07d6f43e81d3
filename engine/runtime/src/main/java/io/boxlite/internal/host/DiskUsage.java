package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What files take on the disk, which for one with holes is less than its length, and what is free.
 */
public final class DiskUsage {
  // linux/stat.h, struct statx
  private static final int STRUCT_BYTES = 256;
  private static final int STX_BLOCKS = 48;

  /** The unit of {@code stx_blocks} (statx(2)), whatever the file system's block size. */
  private static final int BLOCK_BYTES = 512;

  private DiskUsage() {}

  /**
   * The bytes that a file, or a directory with all that is in it, takes; 0 for what is not there.
   */
  public static long bytes(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      return files.mapToLong(DiskUsage::bytesOfOne).sum();
    } catch (IOException | UncheckedIOException e) {
      return 0; // It went away while it was looked at.
    }
  }

  /**
   * How many bytes this user can still write to the disk of a file or directory that exists.
   *
   * <p>Not by {@link Files#getFileStore}, which looks the mount point up in {@code /proc/mounts}
   * and fails where that does not have it, as in a {@code chroot}.
   */
  public static long freeBytes(Path path) {
    return path.toFile().getUsableSpace();
  }

  private static long bytesOfOne(Path file) {
    try (Memory statx = new Memory(STRUCT_BYTES)) {
      LibC.get()
          .statx(
              LibC.AT_FDCWD, file.toString(), LibC.AT_SYMLINK_NOFOLLOW, LibC.STATX_BLOCKS, statx);
      return statx.getLong(STX_BLOCKS) * BLOCK_BYTES;
    } catch (LastErrorException e) {
      return 0;
    }
  }
}

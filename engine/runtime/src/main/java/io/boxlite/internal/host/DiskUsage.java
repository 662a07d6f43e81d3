package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Disk space used by files, which is less than the length of a sparse file, and free disk space.
 */
public final class DiskUsage {
  // linux/stat.h, struct statx
  private static final int STRUCT_BYTES = 256;
  private static final int STX_BLOCKS = 48;

  /** The unit of {@code stx_blocks} (statx(2)), whatever the file system's block size. */
  private static final int BLOCK_BYTES = 512;

  private DiskUsage() {}

  /**
   * Returns the bytes that a file, or a directory with its contents, occupies; 0 if it does not
   * exist.
   */
  public static long bytes(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      return files.mapToLong(DiskUsage::bytesOfOne).sum();
    } catch (IOException | UncheckedIOException e) {
      return 0; // It was deleted meanwhile.
    }
  }

  /**
   * Returns how many bytes this user can still write to the file system of an existing path.
   *
   * <p>{@link Files#getFileStore} is not used, because it looks up the mount point in {@code
   * /proc/mounts} and fails where it is not listed, as in a {@code chroot}.
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

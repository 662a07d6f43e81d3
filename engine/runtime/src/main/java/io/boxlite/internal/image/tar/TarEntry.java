package io.boxlite.internal.image.tar;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A member of an archive. Names and link targets are byte strings, see {@link ByteString}.
 *
 * @param name the name as written, including slashes and dots
 * @param linkName the target of a symbolic or hard link; otherwise empty
 * @param mode the twelve permission bits of {@code st_mode}
 * @param size the file's size, including holes; 0 for anything but regular files
 * @param sparse the data regions of a sparse file; the data stream then consists of these regions
 *     only
 * @param xattrs extended attributes by full name ({@code user.x}), with values as byte strings
 */
public record TarEntry(
    String name,
    Kind kind,
    String linkName,
    int mode,
    long uid,
    long gid,
    long mtimeSeconds,
    int mtimeNanos,
    long size,
    @Nullable SparseMap sparse,
    long deviceMajor,
    long deviceMinor,
    Map<String, String> xattrs) {

  /** The type of a member. */
  public enum Kind {
    /** A regular file. */
    FILE,
    /** Another name of an earlier file. */
    HARD_LINK,
    /** A symbolic link. */
    SYMLINK,
    /** A directory. */
    DIRECTORY,
    /** A character device. */
    CHARACTER_DEVICE,
    /** A block device. */
    BLOCK_DEVICE,
    /** A named pipe. */
    FIFO
  }
}

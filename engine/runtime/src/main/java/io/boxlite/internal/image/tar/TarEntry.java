package io.boxlite.internal.image.tar;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One member of an archive. Names and link targets are byte strings, see {@link ByteString}.
 *
 * @param name as written, with whatever slashes and dots it has
 * @param linkName the target of a symbolic or hard link, else empty
 * @param mode the twelve permission bits of {@code st_mode}
 * @param size the file's size, holes included; 0 for what is no regular file
 * @param sparse where the data of a file with holes belongs; the data stream then has the data
 *     regions only, one after the other
 * @param xattrs extended attributes by full name ({@code user.x}), values as byte strings
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

  /** What a member is. */
  public enum Kind {
    /** A regular file. */
    FILE,
    /** Another name for an earlier file. */
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

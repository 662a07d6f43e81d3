package io.boxlite.internal.image.erofs;

import java.util.Map;

/**
 * The attributes of an inode.
 *
 * @param permissions the twelve lower bits of {@code st_mode}
 * @param uid the owner, from 0 to 2³² - 1
 * @param gid the group, from 0 to 2³² - 1
 * @param xattrs extended attributes by full name; names and values have one character per byte
 */
public record Attributes(
    int permissions,
    long uid,
    long gid,
    long mtimeSeconds,
    int mtimeNanos,
    Map<String, String> xattrs) {

  /** The attributes of a directory that no layer describes: owned by root, mode 755, of 1970. */
  public static final Attributes IMPLIED_DIRECTORY = new Attributes(0755, 0, 0, 0, 0, Map.of());
}

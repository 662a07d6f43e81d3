package io.boxlite.internal.image.erofs;

import java.util.Map;

/**
 * What an inode says about a file besides its content.
 *
 * @param permissions the twelve lower bits of {@code st_mode}
 * @param uid owner, from 0 to 2³² - 1
 * @param gid group, from 0 to 2³² - 1
 * @param xattrs extended attributes by full name; names and values have one character a byte
 */
public record Attributes(
    int permissions,
    long uid,
    long gid,
    long mtimeSeconds,
    int mtimeNanos,
    Map<String, String> xattrs) {

  /** Those of a directory that no layer describes: root's, with mode 755, of 1970. */
  public static final Attributes IMPLIED_DIRECTORY = new Attributes(0755, 0, 0, 0, 0, Map.of());
}

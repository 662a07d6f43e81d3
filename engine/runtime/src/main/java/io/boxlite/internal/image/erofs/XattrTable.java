package io.boxlite.internal.image.erofs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.tar.ByteString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Encodes extended attributes. Equal attributes of several files are stored once, in the shared
 * area (erofs.rst, "Shared xattrs metadata space").
 */
final class XattrTable {
  /** erofs_xattr_ibody_header. */
  private static final int HEADER = 12;

  /**
   * The maximum size of the shared area, which is kept in memory; other attributes are stored
   * inline.
   */
  private static final int MAX_SHARED_BYTES = 1 << 20;

  /** h_shared_count has one byte. */
  private static final int MAX_SHARED_PER_INODE = 255;

  /** i_xattr_icount has two bytes and counts units of four bytes, the header as one. */
  private static final int MAX_BODY = HEADER + 4 * (0xffff - 1);

  private final Map<String, Integer> ids = new HashMap<>();
  private final ByteArrayOutputStream shared = new ByteArrayOutputStream();

  /**
   * Returns the data that follows an inode; empty when it has no attributes that EROFS supports.
   */
  byte[] encode(Map<String, String> xattrs) {
    if (xattrs.isEmpty()) {
      return new byte[0];
    }
    List<Integer> sharedIds = new ArrayList<>();
    ByteArrayOutputStream inline = new ByteArrayOutputStream();
    for (Map.Entry<String, String> xattr : xattrs.entrySet()) {
      byte[] entry = entry(xattr.getKey(), xattr.getValue());
      if (entry == null) {
        continue;
      }
      Integer id = sharedIds.size() < MAX_SHARED_PER_INODE ? share(entry) : null;
      if (id == null) {
        inline.writeBytes(entry);
      } else {
        sharedIds.add(id);
      }
    }
    int length = HEADER + 4 * sharedIds.size() + inline.size();
    if (length == HEADER) {
      return new byte[0];
    }
    if (length > MAX_BODY) {
      throw new ImageIntegrityException(
          "the extended attributes of one file take "
              + length
              + " bytes; at most "
              + MAX_BODY
              + " are possible");
    }
    ByteBuffer body = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    body.put(4, (byte) sharedIds.size());
    body.position(HEADER);
    sharedIds.forEach(body::putInt);
    body.put(inline.toByteArray());
    return body.array();
  }

  private @Nullable Integer share(byte[] entry) {
    String key = new String(entry, ISO_8859_1);
    Integer known = ids.get(key);
    if (known != null || shared.size() + entry.length > MAX_SHARED_BYTES) {
      return known;
    }
    int id = shared.size() / 4;
    shared.writeBytes(entry);
    ids.put(key, id);
    return id;
  }

  /**
   * Returns an erofs_xattr_entry, padded to four bytes; null for a namespace that EROFS does not
   * support.
   */
  private static byte @Nullable [] entry(String name, String value) {
    Prefix prefix = Prefix.of(name);
    if (prefix == null) {
      return null;
    }
    String rest = name.substring(prefix.text.length());
    if (rest.isEmpty() != prefix.whole || name.length() > 255 || rest.indexOf('\0') >= 0) {
      throw new ImageIntegrityException(
          "the extended attribute "
              + ByteString.display(name)
              + " has a name that Linux does not allow");
    }
    if (value.length() > 0xffff) {
      throw new ImageIntegrityException(
          "the extended attribute "
              + ByteString.display(name)
              + " has "
              + value.length()
              + " bytes; at most 65535 are possible");
    }
    int length = (4 + rest.length() + value.length() + 3) & -4;
    ByteBuffer entry = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    entry.put((byte) rest.length()).put((byte) prefix.index).putShort((short) value.length());
    entry.put(rest.getBytes(ISO_8859_1)).put(value.getBytes(ISO_8859_1));
    return entry.array();
  }

  /** Returns the bytes of the shared area. */
  byte[] sharedArea() {
    return shared.toByteArray();
  }

  /** Name prefixes, which are stored as numbers (erofs_fs.h, "Name indexes"). */
  private enum Prefix {
    USER(1, "user.", false),
    ACL_ACCESS(2, "system.posix_acl_access", true),
    ACL_DEFAULT(3, "system.posix_acl_default", true),
    TRUSTED(4, "trusted.", false),
    SECURITY(6, "security.", false);

    final int index;
    final String text;

    /** Whether the prefix is the whole name. */
    final boolean whole;

    Prefix(int index, String text, boolean whole) {
      this.index = index;
      this.text = text;
      this.whole = whole;
    }

    static @Nullable Prefix of(String name) {
      for (Prefix prefix : values()) {
        if (prefix.whole ? name.equals(prefix.text) : name.startsWith(prefix.text)) {
          return prefix;
        }
      }
      return null;
    }
  }
}

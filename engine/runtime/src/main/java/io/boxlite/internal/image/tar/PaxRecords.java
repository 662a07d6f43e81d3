package io.boxlite.internal.image.tar;

import io.boxlite.ImageIntegrityException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records of pax extended headers (POSIX.1-2017, pax, "pax Header Block"): {@code LENGTH
 * KEY=VALUE\n}. An empty value cancels that of a global header.
 */
final class PaxRecords {
  private static final String XATTR = "SCHILY.xattr.";

  private final Map<String, String> values = new HashMap<>();
  private final Map<String, String> xattrs = new LinkedHashMap<>();
  private final SparseMap sparse0 = new SparseMap();
  private long at;
  private long sparseOffset = -1;
  private int sparseRegions = -1;

  /** Adds the records of a header. Later ones replace earlier ones. */
  void parse(byte[] data, long at) {
    this.at = at;
    int i = 0;
    while (i < data.length) {
      int digits = i;
      int length = 0;
      while (i < data.length && data[i] >= '0' && data[i] <= '9' && length < data.length) {
        length = 10 * length + data[i++] - '0';
      }
      int end = digits + length;
      if (i == digits || i >= data.length || data[i] != ' ') {
        throw corrupt("a record without a length");
      }
      if (end > data.length || end <= i + 1 || data[end - 1] != '\n') {
        throw corrupt("a record of length " + length + " without a line feed at its end");
      }
      String record = ByteString.of(data, i + 1, end - 1);
      int equals = record.indexOf('=');
      if (equals <= 0) {
        throw corrupt("a record without '='");
      }
      put(record.substring(0, equals), record.substring(equals + 1));
      i = end;
    }
  }

  private void put(String key, String value) {
    if (key.startsWith(XATTR)) {
      xattrs.put(key.substring(XATTR.length()), value);
      return;
    }
    switch (key) {
      case "path", "linkpath", "GNU.sparse.name" -> {
        if (value.indexOf('\0') >= 0) {
          throw corrupt("a " + key + " with a NUL byte");
        }
        values.put(key, value);
      }
      // Format 0.0 of GNU tar repeats these two keys for each region.
      case "GNU.sparse.offset" -> sparseOffset = decimal(key, value);
      case "GNU.sparse.numbytes" -> {
        sparse0.add(sparseOffset, decimal(key, value));
        sparseRegions++;
      }
      case "GNU.sparse.numblocks" -> sparseRegions = Math.max(sparseRegions, 0);
      default -> values.put(key, value);
    }
  }

  /** Returns the records of a global header, overridden by these. */
  PaxRecords over(PaxRecords global) {
    if (global.values.isEmpty() && global.xattrs.isEmpty()) {
      return this;
    }
    if (values.isEmpty() && xattrs.isEmpty()) {
      at = global.at;
    }
    global.values.forEach(values::putIfAbsent);
    global.xattrs.forEach(xattrs::putIfAbsent);
    return this;
  }

  @Nullable String text(String key) {
    String value = values.get(key);
    return value == null || value.isEmpty() ? null : value;
  }

  long number(String key, long otherwise) {
    String value = text(key);
    return value == null ? otherwise : decimal(key, value);
  }

  private long decimal(String key, String value) {
    try {
      long number = Long.parseLong(value);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, like a negative number.
    }
    throw corrupt(key + " " + ByteString.display(value) + ", which is not a decimal number");
  }

  Map<String, String> xattrs() {
    return xattrs;
  }

  /** Returns the sparse map of format 0.0; null if there is none. */
  @Nullable SparseMap sparse0() {
    return sparseRegions >= 0 ? sparse0 : null;
  }

  /** Returns the modification time as seconds, rounded down, and nanoseconds. */
  long @Nullable [] mtime() {
    String value = text("mtime");
    if (value == null) {
      return null;
    }
    int point = value.indexOf('.');
    String whole = point < 0 ? value : value.substring(0, point);
    String fraction = point < 0 ? "" : value.substring(point + 1);
    boolean negative = whole.startsWith("-");
    try {
      long seconds = whole.isEmpty() || whole.equals("-") ? 0 : Long.parseLong(whole);
      String nine = (fraction + "000000000").substring(0, 9);
      if (!fraction.chars().allMatch(c -> c >= '0' && c <= '9')) {
        throw new NumberFormatException(fraction);
      }
      long nanos = Long.parseLong(nine);
      return negative && nanos > 0
          ? new long[] {Math.subtractExact(seconds, 1), 1_000_000_000 - nanos}
          : new long[] {seconds, nanos};
    } catch (NumberFormatException | ArithmeticException e) {
      throw corrupt("mtime " + ByteString.display(value) + ", which is not a decimal number");
    }
  }

  private ImageIntegrityException corrupt(String what) {
    return new ImageIntegrityException("the pax header at offset " + at + " has " + what);
  }
}

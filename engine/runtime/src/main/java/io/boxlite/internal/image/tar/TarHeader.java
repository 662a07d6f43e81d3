package io.boxlite.internal.image.tar;

import io.boxlite.ImageIntegrityException;

/**
 * A header block of 512 bytes, with the fields that all dialects share (POSIX.1-2017, pax, "ustar
 * Interchange Format"; GNU tar manual, "Basic Tar Format").
 */
final class TarHeader {
  static final int SIZE = 512;

  private static final int MAGIC = 257;
  private static final int PREFIX = 345;

  private final byte[] block;
  private final long at;

  /**
   * Parses a block that is not all zeros, and verifies its checksum.
   *
   * @param at its offset in the archive, for messages
   */
  TarHeader(byte[] block, long at) {
    this(block, at, true);
  }

  private TarHeader(byte[] block, long at, boolean summed) {
    this.block = block;
    this.at = at;
    if (summed) {
      checkSum();
    }
  }

  /** Parses a block of further sparse regions, which has no checksum. */
  static TarHeader unchecked(byte[] block, long at) {
    return new TarHeader(block, at, false);
  }

  private void checkSum() {
    int unsigned = 0;
    int signed = 0;
    for (int i = 0; i < SIZE; i++) {
      byte b = i >= 148 && i < 156 ? (byte) ' ' : block[i];
      unsigned += b & 0xff;
      signed += b;
    }
    long expected = number("checksum", 148, 8);
    // Some old programs added up signed characters.
    if (expected != unsigned && expected != signed) {
      throw corrupt("has checksum " + expected + ", but its bytes add up to " + unsigned);
    }
  }

  char type() {
    return (char) (block[156] & 0xff);
  }

  String name() {
    String name = ByteString.untilNul(block, 0, 100);
    String prefix = prefix();
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  /** Only POSIX archives have a prefix; GNU archives have times and sparse maps in its place. */
  private String prefix() {
    if (!ByteString.of(block, MAGIC, MAGIC + 6).equals("ustar\0")) {
      return "";
    }
    boolean star = ByteString.of(block, 508, 512).equals("tar\0");
    return ByteString.untilNul(block, PREFIX, PREFIX + (star ? 131 : 155));
  }

  String linkName() {
    return ByteString.untilNul(block, 157, 257);
  }

  int mode() {
    return (int) number("mode", 100, 8) & 07777;
  }

  long uid() {
    return number("uid", 108, 8);
  }

  long gid() {
    return number("gid", 116, 8);
  }

  long size() {
    return size("size", number("size", 124, 12));
  }

  long mtime() {
    return number("mtime", 136, 12);
  }

  long deviceMajor() {
    return number("device major", 329, 8);
  }

  long deviceMinor() {
    return number("device minor", 337, 8);
  }

  /** Returns whether a byte is not zero. */
  boolean flag(int offset) {
    return block[offset] != 0;
  }

  long size(String field, long value) {
    if (value < 0) {
      throw corrupt("has " + field + " " + value);
    }
    return value;
  }

  /**
   * Parses a number: octal digits after spaces or NULs, or base 256 if the first bit is set, as GNU
   * tar and star write large numbers.
   */
  long number(String field, int offset, int length) {
    if ((block[offset] & 0x80) != 0) {
      return base256(field, offset, length);
    }
    int i = offset;
    int end = offset + length;
    while (i < end && (block[i] == ' ' || block[i] == 0)) {
      i++;
    }
    long value = 0;
    for (; i < end && block[i] != 0 && block[i] != ' '; i++) {
      int digit = block[i] - '0';
      if (digit < 0 || digit > 7) {
        throw corrupt(
            "has "
                + field
                + " "
                + ByteString.display(ByteString.untilNul(block, offset, end))
                + ", which is not an octal number");
      }
      value = value << 3 | digit;
    }
    return value;
  }

  private long base256(String field, int offset, int length) {
    boolean negative = (block[offset] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int b = block[offset + i] & 0xff;
      if (i == 0) {
        b = negative ? b : b & 0x7f;
      }
      long shifted = value << 8 | b;
      if (shifted >> 8 != value) {
        throw corrupt("has a " + field + " that does not fit into 64 bits");
      }
      value = shifted;
    }
    return value;
  }

  ImageIntegrityException corrupt(String what) {
    return new ImageIntegrityException("the tar header at offset " + at + " " + what);
  }
}

package io.boxlite.internal.image.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.boxlite.text.VisibleText;

/**
 * File names as in Linux: bytes of no particular encoding, stored in a String with one character
 * per byte (ISO-8859-1), which is lossless and sorts like the bytes.
 */
public final class ByteString {
  /** Linux allows 255 bytes in a name, and 4095 in a path. */
  private static final int MAX_SHOWN = 300;

  private ByteString() {}

  /** Returns a range of bytes. */
  static String of(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, ISO_8859_1);
  }

  /** Returns a range of bytes up to the first NUL. */
  static String untilNul(byte[] bytes, int from, int to) {
    int end = from;
    while (end < to && bytes[end] != 0) {
      end++;
    }
    return of(bytes, from, end);
  }

  /** Returns the UTF-8 bytes of a text. */
  public static String utf8(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  /** Returns a name for a message: quoted, decoded as UTF-8, at most 300 characters of it. */
  public static String display(String name) {
    return VisibleText.quoted(new String(name.getBytes(ISO_8859_1), UTF_8), MAX_SHOWN);
  }
}

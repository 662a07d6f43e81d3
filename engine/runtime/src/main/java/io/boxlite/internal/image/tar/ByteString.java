package io.boxlite.internal.image.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.boxlite.text.VisibleText;

/**
 * File names as Linux has them: bytes of no particular encoding, kept in a String with one
 * character a byte (ISO-8859-1), which loses nothing and sorts as the bytes do.
 */
public final class ByteString {
  /** Linux allows 255 bytes in a name, and 4095 in a path. */
  private static final int MAX_SHOWN = 300;

  private ByteString() {}

  /** The bytes as they are. */
  static String of(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, ISO_8859_1);
  }

  /** The bytes up to the first NUL. */
  static String untilNul(byte[] bytes, int from, int to) {
    int end = from;
    while (end < to && bytes[end] != 0) {
      end++;
    }
    return of(bytes, from, end);
  }

  /** The name of a text in UTF-8. */
  public static String utf8(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  /** Returns a name for a message: quoted, decoded as UTF-8, at most 300 characters of it. */
  public static String display(String name) {
    return VisibleText.quoted(new String(name.getBytes(ISO_8859_1), UTF_8), MAX_SHOWN);
  }
}

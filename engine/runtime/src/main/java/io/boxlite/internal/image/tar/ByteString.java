package io.boxlite.internal.image.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * File names as Linux has them: bytes of no particular encoding, kept in a String with one
 * character a byte (ISO-8859-1), which loses nothing and sorts as the bytes do.
 */
public final class ByteString {
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

  /** A name for a message: UTF-8 where it is, control characters escaped, not too long. */
  public static String display(String name) {
    String text = new String(name.getBytes(ISO_8859_1), UTF_8);
    StringBuilder shown = new StringBuilder("\"");
    int limit = Math.min(text.length(), 300);
    for (int i = 0; i < limit; i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == 0x7f) {
        shown.append(String.format("\\x%02x", (int) c));
      } else {
        shown.append(c);
      }
    }
    return shown.append(limit < text.length() ? "…\"" : "\"").toString();
  }
}

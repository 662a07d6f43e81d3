package io.boxlite.maven;

import io.boxlite.text.VisibleText;
import java.nio.charset.StandardCharsets;

/** Formats the output of programs for the console and for reports. */
final class TextOutput {
  /** The maximum number of characters shown in a message. */
  private static final int QUOTED_CHARACTERS = 200;

  /** The maximum number of bytes in a report, so that browsers can open it. */
  private static final int KEPT_BYTES = 64 << 10;

  private TextOutput() {}

  /** Quotes a text on one line; of a long one the end, where programs usually report errors. */
  static String quoted(String text) {
    return VisibleText.quotedEnd(text, QUOTED_CHARACTERS);
  }

  /** Returns the end of the output as text, with a note if anything is omitted. */
  static String kept(byte[] output, boolean truncated) {
    String text =
        output.length <= KEPT_BYTES
            ? new String(output, StandardCharsets.UTF_8)
            : "["
                + (output.length - KEPT_BYTES)
                + " bytes omitted]\n"
                + new String(
                    output, output.length - KEPT_BYTES, KEPT_BYTES, StandardCharsets.UTF_8);
    return truncated ? text + "\n[output beyond the limit maxOutput was discarded]" : text;
  }

  /** Returns the text with each character that XML 1.0 (section 2.2) forbids replaced by U+FFFD. */
  static String forXml(String text) {
    StringBuilder allowed = new StringBuilder(text.length());
    text.codePoints()
        .map(
            c ->
                c == '\t'
                        || c == '\n'
                        || c == '\r'
                        || (c >= 0x20 && c <= 0xD7FF)
                        || (c >= 0xE000 && c <= 0xFFFD)
                        || c >= 0x10000
                    ? c
                    : 0xFFFD)
        .forEach(allowed::appendCodePoint);
    return allowed.toString();
  }
}

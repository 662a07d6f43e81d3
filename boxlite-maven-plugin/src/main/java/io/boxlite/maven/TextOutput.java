package io.boxlite.maven;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Formats the output of programs for consoles and files. */
final class TextOutput {
  /** The most characters shown in one line. */
  private static final int QUOTED_CHARACTERS = 200;

  /** The most bytes kept for a report, so that browsers can open it. */
  private static final int KEPT_BYTES = 64 << 10;

  private TextOutput() {}

  /** Returns one line in quotes; of a long text its end, where programs usually report errors. */
  static String quoted(String text) {
    String end =
        text.length() <= QUOTED_CHARACTERS
            ? text
            : text.substring(text.length() - QUOTED_CHARACTERS);
    StringBuilder line = new StringBuilder(end.length() < text.length() ? "\"..." : "\"");
    end.chars()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                case '"' -> line.append("\\\"");
                default -> {
                  if (Character.isISOControl(c)) {
                    line.append(String.format(Locale.ROOT, "\\u%04x", c));
                  } else {
                    line.append((char) c);
                  }
                }
              }
            });
    return line.append('"').toString();
  }

  /** Returns the end of the output as text, with a note if something is left out. */
  static String kept(byte[] output, boolean truncated) {
    String text =
        output.length <= KEPT_BYTES
            ? new String(output, StandardCharsets.UTF_8)
            : "["
                + (output.length - KEPT_BYTES)
                + " bytes left out]\n"
                + new String(
                    output, output.length - KEPT_BYTES, KEPT_BYTES, StandardCharsets.UTF_8);
    return truncated ? text + "\n[more was written than the limit of output allows]" : text;
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

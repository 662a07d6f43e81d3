package io.boxlite.maven;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What a program wrote, made fit for people and files. */
final class TextOutput {
  /** More than this tells a reader of one line nothing. */
  private static final int QUOTED_CHARACTERS = 200;

  /** More than this makes reports that browsers choke on. */
  private static final int KEPT_BYTES = 64 << 10;

  private TextOutput() {}

  /** One line with quotes around; of a long text its end, where programs say what went wrong. */
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

  /** The end of the output as text, with a note where something is left out. */
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

  /** The same text with each character that XML 1.0 (section 2.2) forbids replaced by U+FFFD. */
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

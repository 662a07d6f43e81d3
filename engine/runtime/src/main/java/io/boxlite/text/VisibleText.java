package io.boxlite.text;

import java.util.Locale;

/**
 * Makes untrusted text fit for a message, a log or a terminal: characters that would steer a
 * terminal, or change how other text looks, are shown as escapes.
 *
 * <p>These are control codes, marks of direction and other characters without a shape, and halves
 * of a surrogate pair.
 */
public final class VisibleText {
  private VisibleText() {}

  /**
   * Escapes what cannot be seen: {@code \x1b}, and beyond Latin-1 {@code \u202e}. Line feeds and
   * tabs stay.
   */
  public static String of(String text) {
    StringBuilder visible = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (c == '\n' || c == '\t') {
                visible.appendCodePoint(c);
              } else {
                append(visible, c);
              }
            });
    return visible.toString();
  }

  /**
   * Does the same on one line: each run of white space becomes one space.
   *
   * @param most how many characters of the text are kept; an ellipsis follows a longer one
   */
  public static String line(String text, int most) {
    return of(start(text, most).replaceAll("[\\r\\n\\t ]+", " ")).strip();
  }

  /**
   * Quotes text on one line as in a Java string: {@code "a\n"}. Quotes and backslashes are escaped,
   * too, so that no two texts look the same.
   *
   * @param most how many characters of the text are kept; an ellipsis follows a longer one
   */
  public static String quoted(String text, int most) {
    return "\"" + escaped(start(text, most)) + "\"";
  }

  /**
   * Quotes the end of a text, as {@link #quoted} quotes its beginning.
   *
   * @param most how many characters of the text are kept; an ellipsis precedes the end of a longer
   *     one
   */
  public static String quotedEnd(String text, int most) {
    if (text.length() <= most) {
      return "\"" + escaped(text) + "\"";
    }
    return "\"…" + escaped(text.substring(text.length() - most)) + "\"";
  }

  private static String start(String text, int most) {
    return text.length() > most ? text.substring(0, most) + "…" : text;
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                case '"' -> escaped.append("\\\"");
                case '\\' -> escaped.append("\\\\");
                default -> append(escaped, c);
              }
            });
    return escaped.toString();
  }

  private static void append(StringBuilder visible, int codePoint) {
    if (!isInvisible(codePoint)) {
      visible.appendCodePoint(codePoint);
    } else if (codePoint < 0x100) {
      visible.append(String.format(Locale.ROOT, "\\x%02x", codePoint));
    } else {
      visible.append(String.format(Locale.ROOT, "\\u%04x", codePoint));
    }
  }

  private static boolean isInvisible(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }
}

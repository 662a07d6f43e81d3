package io.boxlite.internal.host;

/**
 * Text of somebody who is not trusted, made fit for a message, a log or a terminal: all of it can
 * be seen, and nothing in it acts.
 */
public final class VisibleText {
  private VisibleText() {}

  /**
   * Shows what would steer a terminal, or change how other text looks, by its number: {@code \x1b},
   * and beyond Latin-1 {@code \u202e}. Line feeds and tabs stay.
   */
  public static String of(String text) {
    StringBuilder visible = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (c == '\n' || c == '\t' || !acts(c)) {
                visible.appendCodePoint(c);
              } else if (c < 0x100) {
                visible.append(String.format("\\x%02x", c));
              } else {
                visible.append(String.format("\\u%04x", c));
              }
            });
    return visible.toString();
  }

  /**
   * The same on one line.
   *
   * @param most how many characters of the text are kept
   */
  public static String line(String text, int most) {
    String start = text.length() > most ? text.substring(0, most) + "…" : text;
    return of(start.replaceAll("[\\r\\n\\t ]+", " ")).strip();
  }

  /** Control codes; marks of direction and other characters without a shape; halves of a pair. */
  private static boolean acts(int codePoint) {
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

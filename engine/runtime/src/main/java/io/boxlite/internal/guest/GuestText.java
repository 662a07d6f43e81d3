package io.boxlite.internal.guest;

import io.boxlite.text.VisibleText;
import org.jspecify.annotations.Nullable;

/**
 * Sanitizes text from a guest for messages: one line of limited length without control characters.
 */
final class GuestText {
  private static final int MAX_LENGTH = 500;

  private GuestText() {}

  static String clean(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return "(no message)";
    }
    return VisibleText.line(text, MAX_LENGTH);
  }
}

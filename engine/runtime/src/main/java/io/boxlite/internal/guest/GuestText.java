package io.boxlite.internal.guest;

import io.boxlite.text.VisibleText;
import org.jspecify.annotations.Nullable;

/** Text from a guest, made fit for a message: one line of bounded length without control codes. */
final class GuestText {
  private static final int MOST = 500;

  private GuestText() {}

  static String clean(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return "(no message)";
    }
    return VisibleText.line(text, MOST);
  }
}

package io.boxlite.internal.guest;

import org.jspecify.annotations.Nullable;

/** Text from a guest, made fit for a message: one line of bounded length without control codes. */
final class GuestText {
  private static final int MOST = 500;

  private GuestText() {}

  static String clean(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return "(no message)";
    }
    String start = text.length() > MOST ? text.substring(0, MOST) + "…" : text;
    return start.replaceAll("\\p{Cntrl}+", " ").strip();
  }
}

package io.boxlite.internal.volume;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A user and group of a guest, as unsigned numbers.
 *
 * @param uid the user id
 * @param gid the group id
 */
record Owner(int uid, int gid) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,10}):(\\d{1,10})");
  private static final long MAX_ID = 0xfffffffeL; // 2^32 - 1 is not an id

  /**
   * Reads what {@link #text} returned. Anything else, which the host's user may have written, is
   * nothing.
   */
  static Optional<Owner> parse(byte @Nullable [] text) {
    if (text == null) {
      return Optional.empty();
    }
    Matcher matcher = TEXT.matcher(new String(text, StandardCharsets.ISO_8859_1));
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long uid = Long.parseLong(matcher.group(1));
    long gid = Long.parseLong(matcher.group(2));
    return uid > MAX_ID || gid > MAX_ID
        ? Optional.empty()
        : Optional.of(new Owner((int) uid, (int) gid));
  }

  byte[] text() {
    String text = Integer.toUnsignedString(uid) + ":" + Integer.toUnsignedString(gid);
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}

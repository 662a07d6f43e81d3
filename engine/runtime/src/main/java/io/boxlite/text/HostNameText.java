package io.boxlite.text;

import java.net.IDN;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Host names in the one form in which they can be compared. Never looks up a name. */
public final class HostNameText {
  /** RFC 1035, section 2.3.4: 255 bytes with the length of each label and the root. */
  private static final int LONGEST = 253;

  /** Bounds the work for text that cannot be a name. */
  private static final int LONGEST_INPUT = 1024;

  /** RFC 1123, section 2.1, and underscores, which names of services have. */
  private static final String LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";

  private static final Pattern NAME = Pattern.compile(LABEL + "(?:\\." + LABEL + ")*");

  /**
   * A last label by which the C library would take the name for an IPv4 address, as in {@code
   * 127.1} or {@code 0x7f000001}.
   */
  private static final Pattern NUMERIC_END = Pattern.compile("(?:.*\\.)?(?:[0-9]+|0x[0-9a-f]*)");

  private HostNameText() {}

  /**
   * Returns a host name in lower case, without a final dot, and with labels beyond ASCII in
   * Punycode (RFC 3492).
   *
   * @return the name; empty if the text is not a host name: labels of 1 to 63 letters, digits,
   *     hyphens and underscores, at most 253 characters, the last label not a number
   */
  public static Optional<String> canonical(String text) {
    if (text.length() > LONGEST_INPUT) {
      return Optional.empty();
    }
    String name;
    try {
      name = text.chars().allMatch(c -> c < 128) ? text : IDN.toASCII(text);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
    name = name.toLowerCase(Locale.ROOT);
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    boolean valid =
        name.length() <= LONGEST
            && NAME.matcher(name).matches()
            && !NUMERIC_END.matcher(name).matches();
    return valid ? Optional.of(name) : Optional.empty();
  }
}

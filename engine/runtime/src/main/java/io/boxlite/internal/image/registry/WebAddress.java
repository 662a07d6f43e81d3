package io.boxlite.internal.image.registry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.IDN;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses addresses in headers of servers, as browsers and Go do, escaping what {@link URI} would
 * reject (RFC 3986, sections 3 and 5).
 */
final class WebAddress {
  /** RFC 3986, appendix B. */
  private static final Pattern PARTS =
      Pattern.compile(
          "(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\\?([^#]*))?(?:#.*)?",
          Pattern.DOTALL);

  private static final String PATH = "-._~!$&'()*+,;=:@/";
  private static final String QUERY = PATH + "?[]";

  private WebAddress() {}

  /**
   * Parses an absolute address.
   *
   * @param text the text in a header, with bytes as characters (ISO 8859-1)
   * @throws IllegalArgumentException when it is not an address
   */
  static URI parse(String text) {
    Matcher parts = parts(text);
    if (parts.group(1) == null || parts.group(2) == null) {
      throw new IllegalArgumentException("\"" + text + "\" has no scheme and host");
    }
    return build(parts.group(1), parts.group(2), parts.group(3), parts.group(4));
  }

  /**
   * Parses an address that may be relative to another.
   *
   * @param text the text in a header
   * @throws IllegalArgumentException when it is not an address
   */
  static URI resolve(URI base, String text) {
    Matcher parts = parts(text);
    String path = parts.group(3);
    String query = parts.group(4);
    if (parts.group(1) != null && parts.group(2) == null) {
      // Of another scheme, such as file:/x, which the caller rejects.
      return URI.create(parts.group(1) + ":" + escaped(path.isEmpty() ? "/" : path, PATH));
    }
    String scheme = parts.group(1) == null ? base.getScheme() : parts.group(1);
    if (parts.group(2) != null) {
      return build(scheme, parts.group(2), path, query);
    }
    if (path.isEmpty()) {
      return build(
          scheme,
          base.getRawAuthority(),
          base.getRawPath(),
          query == null ? base.getRawQuery() : query);
    }
    String directory = base.getRawPath().substring(0, base.getRawPath().lastIndexOf('/') + 1);
    String whole = path.startsWith("/") ? path : (directory.isEmpty() ? "/" : directory) + path;
    return build(scheme, base.getRawAuthority(), whole, query);
  }

  private static Matcher parts(String text) {
    // Browsers ignore surrounding white space, and line breaks.
    Matcher parts = PARTS.matcher(text.strip().replaceAll("[\\t\\r\\n]", ""));
    if (!parts.matches()) {
      throw new IllegalArgumentException("\"" + text + "\"");
    }
    return parts;
  }

  private static URI build(String scheme, String authority, String path, @Nullable String query) {
    return URI.create(
        scheme.toLowerCase(Locale.ROOT)
            + "://"
            + ascii(authority)
            + withoutDots(escaped(path, PATH))
            + (query == null ? "" : "?" + escaped(query, QUERY)));
  }

  /** Returns an internationalized host in ASCII. */
  private static String ascii(String authority) {
    if (authority.chars().allMatch(c -> c < 0x80)) {
      return authority;
    }
    int port = authority.lastIndexOf(':');
    String host = port < 0 ? authority : authority.substring(0, port);
    return IDN.toASCII(new String(host.getBytes(ISO_8859_1), UTF_8))
        + (port < 0 ? "" : authority.substring(port));
  }

  private static String escaped(String text, String allowed) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || allowed.indexOf(c) >= 0
              || c == '%' && isEscape(text, i);
      if (plain) {
        escaped.append(c);
      } else {
        byte[] bytes = String.valueOf(c).getBytes(c < 0x100 ? ISO_8859_1 : UTF_8);
        for (byte b : bytes) {
          escaped.append(String.format("%%%02X", b & 0xff));
        }
      }
    }
    return escaped.toString();
  }

  private static boolean isEscape(String text, int at) {
    return at + 2 < text.length()
        && Character.digit(text.charAt(at + 1), 16) >= 0
        && Character.digit(text.charAt(at + 2), 16) >= 0;
  }

  /** RFC 3986, section 5.2.4. */
  private static String withoutDots(String path) {
    if (path.isEmpty()) {
      return path;
    }
    Deque<String> kept = new ArrayDeque<>();
    String[] segments = path.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      boolean last = i == segments.length - 1;
      if (segments[i].equals("..")) {
        kept.pollLast();
      } else if (!segments[i].equals(".")) {
        kept.addLast(segments[i]);
        continue;
      }
      if (last) {
        kept.addLast("");
      }
    }
    return "/" + String.join("/", kept);
  }
}

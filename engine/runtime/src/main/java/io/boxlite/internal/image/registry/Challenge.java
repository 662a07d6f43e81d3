package io.boxlite.internal.image.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An authentication challenge of a registry (RFC 9110, section 11.6.1, {@code WWW-Authenticate}).
 *
 * @param scheme the scheme in lower case, such as {@code bearer}
 * @param parameters the parameters by their names in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {

  /** Parses the values of the header, each with one or more challenges. */
  static List<Challenge> parse(List<String> values) {
    List<Challenge> challenges = new ArrayList<>();
    for (String value : values) {
      new Parser(value).into(challenges);
    }
    return challenges;
  }

  static Optional<Challenge> find(List<Challenge> challenges, String scheme) {
    return challenges.stream().filter(challenge -> challenge.scheme.equals(scheme)).findFirst();
  }

  /** A lenient parser, which skips malformed parts. */
  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    void into(List<Challenge> challenges) {
      Challenge last = null;
      while (at < text.length()) {
        String word = token();
        if (word.isEmpty()) {
          at++; // a comma, a space, or a malformed part
        } else if (last != null && next() == '=') {
          at++;
          skipSpaces();
          last.parameters.putIfAbsent(word, value());
        } else {
          last = new Challenge(word, new LinkedHashMap<>());
          challenges.add(last);
        }
      }
    }

    private String token() {
      int start = at;
      while (at < text.length() && isTokenCharacter(text.charAt(at))) {
        at++;
      }
      return text.substring(start, at).toLowerCase(Locale.ROOT);
    }

    private static boolean isTokenCharacter(char c) {
      return c > ' ' && c < 0x7f && "\",=".indexOf(c) < 0;
    }

    private char next() {
      int before = at;
      skipSpaces();
      if (at < text.length() && text.charAt(at) == '=') {
        return '=';
      }
      at = before;
      return 0;
    }

    private void skipSpaces() {
      while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
        at++;
      }
    }

    private String value() {
      if (at < text.length() && text.charAt(at) == '"') {
        return quoted();
      }
      int start = at;
      while (at < text.length() && isTokenCharacter(text.charAt(at))) {
        at++;
      }
      return text.substring(start, at);
    }

    private String quoted() {
      StringBuilder value = new StringBuilder();
      for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at));
      }
      at++;
      return value.toString();
    }
  }
}

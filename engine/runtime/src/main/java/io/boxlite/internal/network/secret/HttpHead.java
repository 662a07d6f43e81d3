package io.boxlite.internal.network.secret;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The first line and the fields of a message. Each character is one byte (ISO 8859-1).
 *
 * @param startLine the first line
 * @param fields in their order
 */
record HttpHead(String startLine, List<Field> fields) {
  private static final String TOKEN_SYMBOLS = "!#$%&'*+-.^_`|~"; // RFC 9110, section 5.6.2

  /**
   * A field.
   *
   * @param name as it was written
   * @param content everything after the colon, with white space around the value
   */
  record Field(String name, String content) {
    /** Returns the name in lower case. */
    String key() {
      return name.toLowerCase(Locale.ROOT);
    }

    /** Returns the value without white space around it. */
    String value() {
      int begin = 0;
      int end = content.length();
      while (begin < end && isSpace(content.charAt(begin))) {
        begin++;
      }
      while (end > begin && isSpace(content.charAt(end - 1))) {
        end--;
      }
      return content.substring(begin, end);
    }
  }

  static HttpHead parse(List<String> lines) throws HttpViolation {
    List<Field> fields = new ArrayList<>(lines.size());
    for (String line : lines.subList(1, lines.size())) {
      fields.add(field(line));
    }
    return new HttpHead(lines.get(0), List.copyOf(fields));
  }

  private static Field field(String line) throws HttpViolation {
    if (isSpace(line.charAt(0))) {
      throw new HttpViolation("a header field continues on a second line");
    }
    int colon = line.indexOf(':');
    if (colon < 1) {
      throw new HttpViolation("a line of the header has no name and colon");
    }
    for (int i = 0; i < colon; i++) {
      if (!isTokenCharacter(line.charAt(i))) {
        throw new HttpViolation("the name of a header field has a character that no name has");
      }
    }
    for (int i = colon + 1; i < line.length(); i++) {
      if (isControl(line.charAt(i))) {
        throw new HttpViolation("the value of a header field has a control character");
      }
    }
    return new Field(line.substring(0, colon), line.substring(colon + 1));
  }

  static boolean isTokenCharacter(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || TOKEN_SYMBOLS.indexOf(c) >= 0;
  }

  static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }

  static boolean isControl(char c) {
    return c < ' ' && c != '\t' || c == 0x7f;
  }

  /** Returns the values of all fields of a name, given in lower case. */
  List<String> values(String key) {
    return fields.stream().filter(field -> field.key().equals(key)).map(Field::value).toList();
  }

  /** Returns the bytes of the head, with the empty line after it. */
  ByteString encode() {
    StringBuilder text = new StringBuilder(startLine).append("\r\n");
    fields.forEach(f -> text.append(f.name()).append(':').append(f.content()).append("\r\n"));
    return ByteString.copyFrom(text.append("\r\n").toString(), ISO_8859_1);
  }
}

package io.boxlite.junit.assertions;

import io.boxlite.text.VisibleText;
import java.util.List;

/** Describes the difference between two texts in a phrase. */
final class TextDifference {
  private static final int MAX_SHOWN = 80;

  private TextDifference() {}

  /** Returns a phrase that follows "it wrote", for texts that are not equal. */
  static String of(String written, String expected) {
    if (written.isEmpty()) {
      return "nothing";
    }
    if (written.equals(expected + "\n")) {
      return "the same followed by a line break (\"\\n\")";
    }
    if (expected.equals(written + "\n")) {
      return "the same without the final line break (\"\\n\")";
    }
    if (written.replace("\r\n", "\n").equals(expected)) {
      return "the same, but with lines that end with \"\\r\\n\" instead of \"\\n\"";
    }
    List<String> writtenLines = List.of(written.split("\n", -1));
    List<String> expectedLines = List.of(expected.split("\n", -1));
    int same = 0;
    while (same < Math.min(writtenLines.size(), expectedLines.size())
        && writtenLines.get(same).equals(expectedLines.get(same))) {
      same++;
    }
    String line = "text that differs in line " + (same + 1) + ": ";
    if (same == writtenLines.size()) {
      return line + "nothing instead of " + show(expectedLines.get(same));
    }
    return line
        + show(writtenLines.get(same))
        + " instead of "
        + (same == expectedLines.size() ? "nothing" : show(expectedLines.get(same)));
  }

  private static String show(String line) {
    return VisibleText.quoted(line, MAX_SHOWN);
  }
}

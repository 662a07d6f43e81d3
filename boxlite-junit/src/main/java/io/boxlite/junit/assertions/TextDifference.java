package io.boxlite.junit.assertions;

import io.boxlite.junit.internal.report.ExecResultReport;
import java.util.List;

/** Says in a phrase how what was written differs from what was expected. */
final class TextDifference {
  private static final int MAX_SHOWN = 80;

  private TextDifference() {}

  /** Continues "it wrote", for texts that are not equal. */
  static String of(String written, String expected) {
    if (written.isEmpty()) {
      return "nothing";
    }
    if (written.equals(expected + "\n")) {
      return "the same and a line break (\"\\n\") after it";
    }
    if (expected.equals(written + "\n")) {
      return "the same without the line break (\"\\n\") at its end";
    }
    if (written.replace("\r\n", "\n").equals(expected)) {
      return "the same with lines that end with \"\\r\\n\" instead of \"\\n\"";
    }
    List<String> writtenLines = List.of(written.split("\n", -1));
    List<String> expectedLines = List.of(expected.split("\n", -1));
    int same = 0;
    while (same < Math.min(writtenLines.size(), expectedLines.size())
        && writtenLines.get(same).equals(expectedLines.get(same))) {
      same++;
    }
    String line = "something else from line " + (same + 1) + " on: ";
    if (same == writtenLines.size()) {
      return line + "nothing instead of " + show(expectedLines.get(same));
    }
    return line
        + show(writtenLines.get(same))
        + " instead of "
        + (same == expectedLines.size() ? "nothing" : show(expectedLines.get(same)));
  }

  private static String show(String line) {
    String shown = line.length() > MAX_SHOWN ? line.substring(0, MAX_SHOWN) + "…" : line;
    return "\"" + ExecResultReport.printable(shown) + "\"";
  }
}

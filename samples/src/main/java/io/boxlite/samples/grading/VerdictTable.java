package io.boxlite.samples.grading;

import java.util.List;
import java.util.Locale;

/** Shows the expected and the actual verdict of each submission, and the totals. */
final class VerdictTable {
  private static final int SHOWN_OUTPUT = 600;

  private final List<Graded> graded;

  VerdictTable(List<Graded> graded) {
    this.graded = graded;
  }

  boolean allAsExpected() {
    return graded.stream().allMatch(Graded::asExpected);
  }

  /** Returns the table, the output of each mismatch, and the totals, which end with one line. */
  String text() {
    StringBuilder text = new StringBuilder();
    int width = graded.stream().mapToInt(one -> one.submission().name().length()).max().orElse(10);
    String row = "%-" + width + "s  %-24s  %-24s %9s %9s %8s  %s%n";
    for (Submission.Group group : Submission.Group.values()) {
      List<Graded> members =
          graded.stream().filter(one -> one.submission().group() == group).toList();
      if (!members.isEmpty()) {
        text.append(String.format("%n== %s ==%n", group.title()));
        text.append(
            String.format(row, "program", "expected", "actual", "wall s", "cpu s", "MiB", ""));
        members.forEach(one -> append(text, row, one));
      }
    }
    graded.stream().filter(one -> !one.asExpected()).forEach(one -> appendMismatch(text, one));
    appendSummary(text);
    return text.toString();
  }

  private static void append(StringBuilder text, String row, Graded one) {
    text.append(
        String.format(
            Locale.ROOT,
            row,
            one.submission().name(),
            one.submission().expectation().text(),
            one.actual(),
            String.format(Locale.ROOT, "%.2f", one.result().wallTime().toMillis() / 1e3),
            String.format(Locale.ROOT, "%.2f", one.result().cpuTime().toMillis() / 1e3),
            String.format(Locale.ROOT, "%.1f", one.result().peakMemoryBytes() / (double) (1 << 20)),
            one.asExpected() ? "" : "MISMATCH"));
  }

  private static void appendMismatch(StringBuilder text, Graded one) {
    text.append(
        String.format(
            "%nMISMATCH: %s, %s%nexpected: %s %s%nactual: %s%nstdout: %s%nstderr: %s%n",
            one.submission().group().title(),
            one.submission().name(),
            one.submission().expectation().text(),
            one.submission().expectation().says(),
            one.actual(),
            end(one.result().stdout()),
            end(one.result().stderr())));
  }

  private void appendSummary(StringBuilder text) {
    text.append(String.format("%n"));
    for (Submission.Group group : Submission.Group.values()) {
      List<Graded> members =
          graded.stream().filter(one -> one.submission().group() == group).toList();
      text.append(
          String.format(
              "%-30s %4d, as expected %4d%n",
              group.title(), members.size(), members.stream().filter(Graded::asExpected).count()));
    }
    text.append(
        String.format(
            "graded %d, as expected %d%n",
            graded.size(), graded.stream().filter(Graded::asExpected).count()));
  }

  private static String end(String text) {
    return text.length() <= SHOWN_OUTPUT ? text : text.substring(text.length() - SHOWN_OUTPUT);
  }
}

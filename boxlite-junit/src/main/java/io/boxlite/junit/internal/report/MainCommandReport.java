package io.boxlite.junit.internal.report;

import io.boxlite.BoxliteException;
import io.boxlite.LiteBox;
import io.boxlite.MainCommand;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the main command of a box has done until now, for the report on a failed test.
 *
 * @param text whether it runs, or how it ended, and the end of its output
 * @param files its whole output, as far as the box has kept it: contents by file name
 */
record MainCommandReport(String text, Map<String, byte[]> files) {
  private static final String CUT = ", the end of more output";

  /** Reports on the main command of a box; empty if it has none. */
  static Optional<MainCommandReport> of(LiteBox box) {
    try {
      return box.mainCommand().map(main -> of(box.id(), main));
    } catch (UnsupportedOperationException e) {
      return Optional.empty(); // a box of a user's own, for tests without virtual machines
    } catch (BoxliteException e) {
      String text = "  main command: its state is unknown: " + e.getMessage();
      return Optional.of(new MainCommandReport(text + "\n", Map.of()));
    }
  }

  private static MainCommandReport of(String box, MainCommand main) {
    String state = main.result().map(ExecResultReport::summary).orElse("is running");
    byte[] stdout = main.stdout().getBytes(StandardCharsets.UTF_8);
    byte[] stderr = main.stderr().getBytes(StandardCharsets.UTF_8);
    String text =
        "  main command `"
            + main.command()
            + "` "
            + state
            + "\n"
            + (ExecResultReport.stream("stdout", stdout, main.stdoutTruncated() ? CUT : "")
                    + ExecResultReport.stream("stderr", stderr, main.stderrTruncated() ? CUT : ""))
                .indent(2);
    Map<String, byte[]> files = new LinkedHashMap<>();
    put(files, box + ".main.stdout", stdout);
    put(files, box + ".main.stderr", stderr);
    return new MainCommandReport(text, files);
  }

  private static void put(Map<String, byte[]> files, String name, byte[] content) {
    if (content.length > 0) {
      files.put(name, content);
    }
  }
}

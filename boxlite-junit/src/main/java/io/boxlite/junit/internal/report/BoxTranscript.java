package io.boxlite.junit.internal.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.boxlite.BoxInfo;
import io.boxlite.ExecResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What there is to tell of a box that a failed test has used.
 *
 * @param text the end of the story, for a person
 * @param files all of it: contents by name
 */
record BoxTranscript(String text, Map<String, byte[]> files) {
  private static final int LAST_COMMANDS = 3;
  private static final int CONSOLE_LINES = 10;

  static BoxTranscript of(BoxUse use) {
    List<BoxJournal.Entry> commands = use.commands();
    BoxInfo info = use.box().box().info();
    String console = use.box().box().consoleTail();
    String header =
        "box "
            + info.id()
            + " ("
            + info.image().orElse("the built-in image")
            + ", "
            + info.memoryMib()
            + " MiB, "
            + info.accelerator()
            + ", started in "
            + ExecResultReport.milliseconds(info.startTime())
            + ", "
            + info.origin()
            + ")"
            + info.loss().map(loss -> " was lost: " + loss).orElse("");
    int shown = Math.min(commands.size(), LAST_COMMANDS);
    StringBuilder text = new StringBuilder(header);
    text.append(commands.isEmpty() ? " ran nothing for this test\n" : " ran, as its last:\n");
    for (BoxJournal.Entry command : commands.subList(commands.size() - shown, commands.size())) {
      text.append(describe(command));
    }
    if (!console.isBlank()) {
      text.append("  console:\n").append(lastLines(console).indent(4));
    }
    return new BoxTranscript(text.toString(), files(info.id(), header, commands, console));
  }

  private static String describe(BoxJournal.Entry command) {
    return "  `"
        + command.command()
        + "` "
        + command
            .result()
            .map(
                result ->
                    ExecResultReport.summary(result)
                        + "\n"
                        + ExecResultReport.figures(result).indent(2))
            .orElse("came to no end of its own\n");
  }

  private static Map<String, byte[]> files(
      String box, String header, List<BoxJournal.Entry> commands, String console) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    StringBuilder all = new StringBuilder(header).append('\n');
    for (BoxJournal.Entry command : commands) {
      all.append(describe(command));
      command.result().ifPresent(result -> streams(command.id(), result, files));
    }
    files.put(box + ".txt", all.toString().getBytes(UTF_8));
    if (!console.isBlank()) {
      files.put(box + ".console.txt", console.getBytes(UTF_8));
    }
    return files;
  }

  private static void streams(String command, ExecResult result, Map<String, byte[]> files) {
    if (result.stdoutBytes().length > 0) {
      files.put(command + ".stdout", result.stdoutBytes());
    }
    if (result.stderrBytes().length > 0) {
      files.put(command + ".stderr", result.stderrBytes());
    }
  }

  private static String lastLines(String console) {
    List<String> lines = console.lines().toList();
    return String.join(
        "\n", lines.subList(Math.max(0, lines.size() - CONSOLE_LINES), lines.size()));
  }
}

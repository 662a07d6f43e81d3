package io.boxlite.junit.internal.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.boxlite.BoxInfo;
import io.boxlite.ExecResult;
import io.boxlite.NetworkLog;
import io.boxlite.text.DurationText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The report on a box that a failed test used.
 *
 * @param text the last executions, the main command, what the box did with its network, and the end
 *     of the console
 * @param files the full report: contents by file name
 */
record BoxTranscript(String text, Map<String, byte[]> files) {
  private static final int LAST_EXECUTIONS = 3;
  private static final int CONSOLE_LINES = 10;

  static BoxTranscript of(BoxUse use) {
    List<RecordedExecution> executions = use.executions();
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
            + DurationText.format(info.startTime())
            + ", "
            + info.origin()
            + ")"
            + info.loss().map(loss -> " was lost: " + loss).orElse("");
    int shown = Math.min(executions.size(), LAST_EXECUTIONS);
    StringBuilder text = new StringBuilder(header);
    text.append(executions.isEmpty() ? " ran no command for this test\n" : ", last commands:\n");
    for (RecordedExecution execution :
        executions.subList(executions.size() - shown, executions.size())) {
      text.append(describe(execution));
    }
    String isolation = isolation(info);
    text.append(isolation);
    Optional<MainCommandReport> main = MainCommandReport.of(use.box().box());
    main.ifPresent(report -> text.append(report.text()));
    Optional<NetworkLog> network = NetworkReport.logOf(use.box().box());
    network.ifPresent(log -> text.append(NetworkReport.summary(log)));
    if (!console.isBlank()) {
      text.append("  console:\n").append(lastLines(console).indent(4));
    }
    Map<String, byte[]> files = files(info.id(), header + "\n" + isolation, executions, console);
    main.ifPresent(report -> files.putAll(report.files()));
    network.ifPresent(
        log -> files.put(info.id() + ".network.txt", (log.describe() + "\n").getBytes(UTF_8)));
    return new BoxTranscript(text.toString(), files);
  }

  private static String isolation(BoxInfo info) {
    return info.isolation().map(report -> "  isolation: " + report + "\n").orElse("");
  }

  private static String describe(RecordedExecution execution) {
    return "  `"
        + execution.command()
        + "` "
        + execution
            .result()
            .map(
                result ->
                    ExecResultReport.summary(result)
                        + "\n"
                        + ExecResultReport.figures(result).indent(2))
            .orElse("has not ended\n");
  }

  private static Map<String, byte[]> files(
      String box, String head, List<RecordedExecution> executions, String console) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    StringBuilder all = new StringBuilder(head);
    for (RecordedExecution execution : executions) {
      all.append(describe(execution));
      execution.result().ifPresent(result -> streams(execution.id(), result, files));
    }
    files.put(box + ".txt", all.toString().getBytes(UTF_8));
    if (!console.isBlank()) {
      files.put(box + ".console.txt", console.getBytes(UTF_8));
    }
    return files;
  }

  private static void streams(String execution, ExecResult result, Map<String, byte[]> files) {
    if (result.stdoutBytes().length > 0) {
      files.put(execution + ".stdout", result.stdoutBytes());
    }
    if (result.stderrBytes().length > 0) {
      files.put(execution + ".stderr", result.stderrBytes());
    }
  }

  private static String lastLines(String console) {
    List<String> lines = console.lines().toList();
    return String.join(
        "\n", lines.subList(Math.max(0, lines.size() - CONSOLE_LINES), lines.size()));
  }
}

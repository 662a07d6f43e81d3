package io.boxlite.junit.internal.report;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import io.boxlite.OutputKeep;
import io.boxlite.text.DurationText;
import io.boxlite.text.SizeText;
import io.boxlite.text.VisibleText;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Formats the result of an execution for messages and reports. */
public final class ExecResultReport {
  /** The exit code of shells, and of the agent, for a command that was not found. */
  private static final int NOT_FOUND = 127;

  private static final int TAIL_LINES = 20;
  private static final int TAIL_CHARACTERS = 2000;
  private static final int END_CHARACTERS = 1000;

  private ExecResultReport() {}

  /** Returns how the command ended, and at which limit, as a phrase that follows "the command". */
  public static String summary(ExecResult result) {
    return switch (result.outcome()) {
      case EXITED -> "exited with " + result.exitCode() + hintForLine(result);
      case SIGNALED -> "was killed by signal " + result.signal();
      case TIMED_OUT ->
          "ran out of time after "
              + DurationText.format(result.wallTime())
              + limit(result, Command::timeout, DurationText::format)
              + stolen(result);
      case CPU_TIME_EXCEEDED ->
          "ran out of processor time after "
              + DurationText.format(result.cpuTime())
              + limit(result, ExecResultReport::cpuTime, DurationText::format);
      case OUT_OF_MEMORY ->
          "ran out of memory at "
              + SizeText.format(result.peakMemoryBytes())
              + limit(result, ExecResultReport::memory, SizeText::format);
      case BOX_OUT_OF_MEMORY ->
          "was killed at "
              + SizeText.format(result.peakMemoryBytes())
              + limit(result, ExecResultReport::memory, SizeText::format)
              + ", because other commands used up the memory of the box";
      case OUTPUT_LIMIT_EXCEEDED ->
          "was killed for exceeding its output limit"
              + limit(result, Command::maxOutputBytes, SizeText::format);
      case BOX_LOST -> "did not end, because its box was lost";
    };
  }

  /** Returns advice for a command line that was passed as the name of a program. */
  private static String hintForLine(ExecResult result) {
    return result
        .command()
        .map(Command::argv)
        .filter(argv -> result.exitCode() == NOT_FOUND && argv.size() == 1)
        .map(argv -> argv.get(0))
        .filter(program -> program.contains(" "))
        .map(
            line ->
                ": there is no program of that name. To run a command line, use \"sh\", \"-c\", \""
                    + line
                    + "\"")
        .orElse("");
  }

  /** Returns the command and its result. */
  public static String details(ExecResult result) {
    return result.command().map(command -> "  command:     " + command + "\n").orElse("")
        + figures(result);
  }

  /**
   * Returns the outcome, the exit code, times and memory with their limits, and the end of both
   * streams.
   */
  static String figures(ExecResult result) {
    String ending =
        result.outcome() == Outcome.BOX_LOST
            ? result.loss().map(loss -> "  loss:        " + loss.strip() + "\n").orElse("")
            : "  exit code:   "
                + result.exitCode()
                + (result.signal() == 0 ? "" : " (signal " + result.signal() + ")")
                + "\n";
    return "  outcome:     "
        + result.outcome()
        + "\n"
        + ending
        + "  wall time:   "
        + DurationText.format(result.wallTime())
        + limit(result, Command::timeout, DurationText::format)
        + stolen(result)
        + "\n  cpu time:    "
        + DurationText.format(result.cpuTime())
        + limit(result, ExecResultReport::cpuTime, DurationText::format)
        + "\n  peak memory: "
        + SizeText.format(result.peakMemoryBytes())
        + limit(result, ExecResultReport::memory, SizeText::format)
        + "\n"
        + stream("stdout", result.stdoutBytes(), result.stdoutTruncated() ? cut(result) : "")
        + stream("stderr", result.stderrBytes(), result.stderrTruncated() ? cut(result) : "");
  }

  /**
   * Returns how long the box waited for a processor of the host, if a tenth of the time or more.
   */
  private static String stolen(ExecResult result) {
    return result.stolenTime().multipliedBy(10).compareTo(result.wallTime()) < 0
            || result.stolenTime().isZero()
        ? ""
        : ", of which its box waited " + DurationText.format(result.stolenTime()) + " for the host";
  }

  /** Returns a limit of the command, if it is known. */
  private static <T> String limit(
      ExecResult result, Function<Command, @Nullable T> limit, Function<T, String> text) {
    return result
        .command()
        .map(limit)
        .map(value -> " (limit " + text.apply(value) + ")")
        .orElse("");
  }

  private static @Nullable Duration cpuTime(Command command) {
    return command.cpuTime().orElse(null);
  }

  private static @Nullable Long memory(Command command) {
    return command.memoryMib().isPresent() ? (long) command.memoryMib().getAsInt() << 20 : null;
  }

  /**
   * Returns the end of an output stream.
   *
   * @param cut says that there was more output; empty if there was not
   */
  static String stream(String name, byte[] written, String cut) {
    if (written.length == 0) {
      return "  " + name + ":      empty\n";
    }
    String text = new String(written, StandardCharsets.UTF_8);
    String tail = tail(text);
    return "  "
        + name
        + ":      "
        + SizeText.format(written.length)
        + cut
        + (tail.length() < text.length() ? ", the end:" : ":")
        + "\n"
        + VisibleText.of(tail).indent(4);
  }

  private static String cut(ExecResult result) {
    return result.command().map(Command::keepOutput).equals(Optional.of(OutputKeep.TAIL))
        ? ", the end of more output than the limit"
        : ", cut off at the output limit";
  }

  /** Returns a text, or the beginning and the end of a long one. */
  public static String ends(String text) {
    int leftOut = text.length() - 2 * END_CHARACTERS;
    return leftOut <= 0
        ? text
        : text.substring(0, END_CHARACTERS)
            + "\n[... "
            + leftOut
            + " characters omitted ...]\n"
            + text.substring(text.length() - END_CHARACTERS);
  }

  /** Returns the last lines of a text. */
  public static String tail(String text) {
    List<String> lines = text.lines().toList();
    String tail =
        lines.size() <= TAIL_LINES
            ? text
            : String.join("\n", lines.subList(lines.size() - TAIL_LINES, lines.size()));
    return tail.length() <= TAIL_CHARACTERS
        ? tail
        : tail.substring(tail.length() - TAIL_CHARACTERS);
  }
}

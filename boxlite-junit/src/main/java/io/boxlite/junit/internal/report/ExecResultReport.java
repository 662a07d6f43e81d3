package io.boxlite.junit.internal.report;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import io.boxlite.OutputKeep;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tells all of a result that helps to see why it is not the expected one. */
public final class ExecResultReport {
  /** What a shell exits with for a command that there is not; the agent does the same. */
  private static final int NOT_FOUND = 127;

  private static final int TAIL_LINES = 20;
  private static final int TAIL_CHARACTERS = 2000;
  private static final int END_CHARACTERS = 1000;

  private ExecResultReport() {}

  /** What happened, and at what limit, in one phrase that continues "the command". */
  public static String summary(ExecResult result) {
    return switch (result.outcome()) {
      case EXITED -> "exited with " + result.exitCode() + lineForAShell(result);
      case SIGNALED -> "was killed by signal " + result.signal();
      case TIMED_OUT ->
          "ran out of time after "
              + milliseconds(result.wallTime())
              + limit(result, Command::timeout, ExecResultReport::milliseconds)
              + stolen(result);
      case CPU_TIME_EXCEEDED ->
          "ran out of processor time after "
              + milliseconds(result.cpuTime())
              + limit(result, ExecResultReport::cpuTime, ExecResultReport::milliseconds);
      case OUT_OF_MEMORY ->
          "ran out of memory at "
              + bytes(result.peakMemoryBytes())
              + limit(result, ExecResultReport::memory, ExecResultReport::bytes);
      case BOX_OUT_OF_MEMORY ->
          "was killed at "
              + bytes(result.peakMemoryBytes())
              + limit(result, ExecResultReport::memory, ExecResultReport::bytes)
              + ", because others had the memory of its box";
      case OUTPUT_LIMIT_EXCEEDED ->
          "was killed for writing too much output"
              + limit(result, Command::maxOutputBytes, ExecResultReport::bytes);
      case BOX_LOST -> "never came to an end, because its box was lost";
    };
  }

  /** What to do about a whole line that was taken for the name of a program. */
  private static String lineForAShell(ExecResult result) {
    return result
        .command()
        .map(Command::argv)
        .filter(argv -> result.exitCode() == NOT_FOUND && argv.size() == 1)
        .map(argv -> argv.get(0))
        .filter(program -> program.contains(" "))
        .map(
            line ->
                ", for no program has that name; a line is for a shell: \"sh\", \"-c\", \""
                    + line
                    + "\"")
        .orElse("");
  }

  /** The command, and all of its result. */
  public static String details(ExecResult result) {
    return result.command().map(command -> "  command:     " + command + "\n").orElse("")
        + figures(result);
  }

  /** Outcome, exit code, times, memory, each with its limit, and the tail of both streams. */
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
        + milliseconds(result.wallTime())
        + limit(result, Command::timeout, ExecResultReport::milliseconds)
        + stolen(result)
        + "\n  cpu time:    "
        + milliseconds(result.cpuTime())
        + limit(result, ExecResultReport::cpuTime, ExecResultReport::milliseconds)
        + "\n  peak memory: "
        + bytes(result.peakMemoryBytes())
        + limit(result, ExecResultReport::memory, ExecResultReport::bytes)
        + "\n"
        + stream(result, "stdout", result.stdoutBytes(), result.stdoutTruncated())
        + stream(result, "stderr", result.stderrBytes(), result.stderrTruncated());
  }

  /** What of the time the host took away, where it was a tenth or more. */
  private static String stolen(ExecResult result) {
    return result.stolenTime().multipliedBy(10).compareTo(result.wallTime()) < 0
            || result.stolenTime().isZero()
        ? ""
        : ", in which its box waited " + milliseconds(result.stolenTime()) + " for the host";
  }

  /** What was allowed, where something was. */
  private static <T> String limit(
      ExecResult result, Function<Command, @Nullable T> limit, Function<T, String> text) {
    return result.command().map(limit).map(value -> " of at most " + text.apply(value)).orElse("");
  }

  private static @Nullable Duration cpuTime(Command command) {
    return command.cpuTime().orElse(null);
  }

  private static @Nullable Long memory(Command command) {
    return command.memoryMib().isPresent() ? (long) command.memoryMib().getAsInt() << 20 : null;
  }

  public static String milliseconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f ms", duration.toNanos() / 1e6);
  }

  public static String bytes(long bytes) {
    return bytes < 1 << 20
        ? bytes + " bytes"
        : String.format(Locale.ROOT, "%d bytes (%.1f MiB)", bytes, bytes / (double) (1 << 20));
  }

  private static String stream(ExecResult result, String name, byte[] written, boolean truncated) {
    if (written.length == 0) {
      return "  " + name + ":      empty\n";
    }
    String text = new String(written, StandardCharsets.UTF_8);
    String tail = tail(text);
    return "  "
        + name
        + ":      "
        + bytes(written.length)
        + (truncated ? cut(result) : "")
        + (tail.length() < text.length() ? ", its end:" : ":")
        + "\n"
        + printable(tail).indent(4);
  }

  private static String cut(ExecResult result) {
    return result.command().map(Command::keepOutput).equals(Optional.of(OutputKeep.TAIL))
        ? ", the last of more than the output limit"
        : ", cut off at the output limit";
  }

  /** A text, or both ends of a long one: reports that hold megabytes nobody opens. */
  public static String ends(String text) {
    int leftOut = text.length() - 2 * END_CHARACTERS;
    return leftOut <= 0
        ? text
        : text.substring(0, END_CHARACTERS)
            + "\n[... "
            + leftOut
            + " characters left out ...]\n"
            + text.substring(text.length() - END_CHARACTERS);
  }

  /** The last lines of a text, not too many. */
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

  /** Keeps what a program printed from steering the terminal that shows the message. */
  public static String printable(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.chars()
        .forEach(
            character -> {
              if (Character.isISOControl(character) && character != '\n' && character != '\t') {
                shown.append(String.format(Locale.ROOT, "\\u%04x", character));
              } else {
                shown.append((char) character);
              }
            });
    return shown.toString();
  }
}

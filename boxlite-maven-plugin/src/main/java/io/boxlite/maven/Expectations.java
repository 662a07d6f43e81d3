package io.boxlite.maven;

import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import io.boxlite.text.DurationText;
import io.boxlite.text.SizeText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The expected result of a check.
 *
 * @param exitCode the exit code; empty for any
 * @param outcome the outcome; empty for any
 * @param output the content of the output streams
 * @param maxWallTime the maximum wall-clock time
 * @param maxMemory the maximum peak memory, in bytes
 */
record Expectations(
    Optional<Integer> exitCode,
    Optional<Outcome> outcome,
    List<OutputExpectation> output,
    Optional<Duration> maxWallTime,
    Optional<Long> maxMemory) {
  static final List<String> FIELDS =
      List.of("exitCode", "outcome", "stdout", "stderr", "maxWallTime", "maxMemory");

  /** Reads the element {@code expect}. The exit code is 0 if it has neither that nor an outcome. */
  record Reader(Path basedir) {
    Expectations read(Optional<ConfigNode> element) {
      if (element.isEmpty()) {
        return new Expectations(
            Optional.of(0), Optional.empty(), List.of(), Optional.empty(), Optional.empty());
      }
      ConfigNode node = element.get().allow(FIELDS);
      Optional<Integer> exitCode = node.integer("exitCode", Reader::exitCode);
      Optional<Outcome> outcome = node.constant("outcome", Outcome.class);
      List<OutputExpectation> output = new ArrayList<>();
      node.child("stdout").map(out -> OutputExpectation.read(out, basedir)).ifPresent(output::add);
      node.child("stderr").map(err -> OutputExpectation.read(err, basedir)).ifPresent(output::add);
      return new Expectations(
          exitCode.isEmpty() && outcome.isEmpty() ? Optional.of(0) : exitCode,
          outcome,
          List.copyOf(output),
          node.duration("maxWallTime", time -> time),
          node.bytes("maxMemory", bytes -> bytes));
    }

    private static int exitCode(int code) {
      if (code < 0 || code > 255) {
        throw new IllegalArgumentException("it must be from 0 to 255");
      }
      return code;
    }
  }

  /**
   * Returns a message for each difference from the expectation; empty if there is none.
   *
   * @throws IOException when an expected file cannot be read
   */
  List<String> problems(ExecResult result) throws IOException {
    List<String> problems = new ArrayList<>();
    if (outcome.isPresent() && outcome.get() != result.outcome()) {
      String limit = limit(result);
      problems.add(
          "outcome is "
              + result.outcome()
              + (limit.isEmpty() ? "" : " (" + limit + ")")
              + ", expected "
              + outcome.get());
    }
    if (exitCode.isPresent() && exitCode.get() != result.exitCode()) {
      problems.add(
          "exit code is "
              + result.exitCode()
              + (result.outcome() == Outcome.EXITED ? "" : " (" + ending(result) + ")")
              + ", expected "
              + exitCode.get());
    }
    for (OutputExpectation stream : output) {
      problems.addAll(
          stream.problems(
              stream.stream().equals("stdout") ? result.stdoutBytes() : result.stderrBytes()));
    }
    maxWallTime
        .filter(most -> result.wallTime().compareTo(most) > 0)
        .ifPresent(
            most ->
                problems.add(
                    "took "
                        + DurationText.format(result.wallTime())
                        + ", expected at most "
                        + DurationText.format(most)));
    maxMemory
        .filter(most -> result.peakMemoryBytes() > most)
        .ifPresent(
            most ->
                problems.add(
                    "used "
                        + SizeText.format(result.peakMemoryBytes())
                        + " of memory, expected at most "
                        + SizeText.format(most)));
    return problems;
  }

  private static String ending(ExecResult result) {
    String limit = limit(result);
    return result.outcome() + (limit.isEmpty() ? "" : ": " + limit);
  }

  /** Returns the limit that ended the command; empty if none did. */
  private static String limit(ExecResult result) {
    return result
        .command()
        .map(
            command ->
                switch (result.outcome()) {
                  case TIMED_OUT -> "<timeout> is " + DurationText.format(command.timeout());
                  case CPU_TIME_EXCEEDED ->
                      command
                          .cpuTime()
                          .map(most -> "<cpuTime> is " + DurationText.format(most))
                          .orElse("");
                  case OUT_OF_MEMORY ->
                      command.memoryMib().isPresent()
                          ? "<memoryMib> is " + command.memoryMib().getAsInt()
                          : "";
                  case OUTPUT_LIMIT_EXCEEDED ->
                      "<maxOutput> is " + SizeText.format(command.maxOutputBytes());
                  case BOX_OUT_OF_MEMORY -> "other processes used up the memory of its box";
                  case EXITED, SIGNALED, BOX_LOST -> "";
                })
        .orElse("");
  }
}

package io.boxlite.maven;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.boxlite.IsolationReport;
import io.boxlite.text.DurationText;
import io.boxlite.text.SizeText;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The result of a check; an entry of a {@link CheckRecord}.
 *
 * @param name the check's name
 * @param fingerprint the hash of the check's configuration when it ran
 * @param execution the id of the plugin's execution that ran it
 * @param startedAt the start time, in milliseconds since the epoch
 * @param totalMillis the duration, including the start of the box
 * @param status the verdict
 * @param problems the reasons why it has not passed, a line each
 * @param command the command line, for display
 * @param isolation what isolated its box from the machine; null if there was no box
 * @param run the result of the command; null if it did not run
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record CheckResult(
    String name,
    String fingerprint,
    String execution,
    long startedAt,
    long totalMillis,
    Status status,
    List<String> problems,
    String command,
    @Nullable Isolation isolation,
    @Nullable Run run) {

  private static final JsonMapper JSON = new JsonMapper();

  enum Status {
    /** The command ended as expected. */
    PASSED,
    /** The command did not end as expected. */
    FAILED,
    /** The command could not be run, or its box was lost. */
    ERROR
  }

  /**
   * What isolated a box from the machine.
   *
   * @param summary one line, for display
   * @param report all of it, as the engine writes it as JSON
   */
  record Isolation(String summary, JsonNode report) {
    static Isolation of(IsolationReport report) {
      try {
        return new Isolation(report.toString(), JSON.readTree(report.toJson()));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("the isolation report of the engine is not JSON", e);
      }
    }
  }

  /**
   * The result of a command.
   *
   * @param outcome the name of the engine's outcome
   * @param exitCode the exit code, as in a shell
   * @param wallMillis wall-clock time
   * @param cpuMillis processor time
   * @param peakMemoryBytes the peak memory
   * @param stdout the end of its standard output
   * @param stderr the end of its standard error
   */
  record Run(
      String outcome,
      int exitCode,
      long wallMillis,
      long cpuMillis,
      long peakMemoryBytes,
      String stdout,
      String stderr) {

    String describe() {
      return (outcome.equals("EXITED") ? "exit code " + exitCode : outcome)
          + ", "
          + DurationText.format(Duration.ofMillis(wallMillis))
          + ", cpu "
          + DurationText.format(Duration.ofMillis(cpuMillis))
          + ", "
          + SizeText.format(peakMemoryBytes);
    }
  }

  @JsonIgnore
  boolean hasPassed() {
    return status == Status.PASSED;
  }

  /** Returns the whole result in one line, for the console. */
  String describe() {
    return "check "
        + name
        + ": "
        + status.name().toLowerCase(Locale.ROOT)
        + (run == null ? "" : " (" + run.describe() + ")")
        + (hasPassed() ? "" : ": " + String.join("; ", problems));
  }
}

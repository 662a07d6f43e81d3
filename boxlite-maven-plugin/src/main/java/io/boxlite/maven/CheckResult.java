package io.boxlite.maven;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The result of a check; an entry of the record.
 *
 * @param name the check's name
 * @param fingerprint of the check's configuration when it ran
 * @param execution the id of the plugin's execution that ran it
 * @param startedAt its start, in milliseconds since 1970
 * @param totalMillis its duration, including the start of the box
 * @param status the verdict
 * @param problems why it is not {@code PASSED}, a line each
 * @param command the command line, for people
 * @param run what the command did; absent when it did not run
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
    @Nullable Run run) {

  enum Status {
    /** It ended as expected. */
    PASSED,
    /** It did not end as expected. */
    FAILED,
    /** It could not be run, or its box was lost. */
    ERROR
  }

  /**
   * What a command did.
   *
   * @param outcome the name of the engine's outcome
   * @param exitCode the exit code, as in a shell
   * @param wallMillis wall-clock time
   * @param cpuMillis processor time
   * @param peakMemoryBytes the peak memory
   * @param stdout the end of what it wrote to standard output
   * @param stderr the end of what it wrote to standard error
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
          + Quantity.seconds(Duration.ofMillis(wallMillis))
          + ", cpu "
          + Quantity.seconds(Duration.ofMillis(cpuMillis))
          + ", "
          + Quantity.size(peakMemoryBytes);
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

package io.boxlite;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * What happened to a command in a box.
 *
 * <p>The arrays are the result's own, not copies: who changes one changes the result.
 *
 * @param outcome how it ended
 * @param exitCode as a shell has it: 0 to 255 from {@code exit}, 128 + signal otherwise; -1, which
 *     nothing else has, when the box was lost
 * @param signal the signal that ended the main process, 1 to 64, or 0 when none did
 * @param stdoutBytes what it wrote to standard output, at most {@link Command#maxOutputBytes()}
 * @param stderrBytes what it wrote to standard error, at most {@link Command#maxOutputBytes()}
 * @param stdoutTruncated whether it wrote more to standard output than was kept
 * @param stderrTruncated whether it wrote more to standard error than was kept
 * @param wallTime from the start of the process to its end, measured in the guest
 * @param cpuTime processor time of the whole process tree, user and system; time for which the box
 *     waited for a processor of the host is not included
 * @param stolenTime for how long the box's processors waited meanwhile for one of the host's, the
 *     sum of all of them; zero on a host that does not tell
 * @param peakMemoryBytes the most memory the process tree held at once, in bytes, the page cache it
 *     was charged for included
 * @param loss why the box was lost, the guest's last console lines included, when the outcome is
 *     {@link Outcome#BOX_LOST}; empty otherwise
 * @param command what ran, and the limits it had; empty only in results that no box made
 */
@SuppressWarnings("ArrayRecordComponent") // bytes, as every Java library takes and gives them
public record ExecResult(
    Outcome outcome,
    int exitCode,
    int signal,
    byte[] stdoutBytes,
    byte[] stderrBytes,
    boolean stdoutTruncated,
    boolean stderrTruncated,
    Duration wallTime,
    Duration cpuTime,
    Duration stolenTime,
    long peakMemoryBytes,
    Optional<String> loss,
    Optional<Command> command) {

  /** Makes one of no box, for tests of what judges results. */
  public ExecResult(
      Outcome outcome,
      int exitCode,
      int signal,
      byte[] stdoutBytes,
      byte[] stderrBytes,
      boolean stdoutTruncated,
      boolean stderrTruncated,
      Duration wallTime,
      Duration cpuTime,
      long peakMemoryBytes) {
    this(
        outcome,
        exitCode,
        signal,
        stdoutBytes,
        stderrBytes,
        stdoutTruncated,
        stderrTruncated,
        wallTime,
        cpuTime,
        Duration.ZERO,
        peakMemoryBytes,
        Optional.empty(),
        Optional.empty());
  }

  /** Makes a result with a {@link #stolenTime()} of zero. */
  public ExecResult(
      Outcome outcome,
      int exitCode,
      int signal,
      byte[] stdoutBytes,
      byte[] stderrBytes,
      boolean stdoutTruncated,
      boolean stderrTruncated,
      Duration wallTime,
      Duration cpuTime,
      long peakMemoryBytes,
      Optional<String> loss,
      Optional<Command> command) {
    this(
        outcome,
        exitCode,
        signal,
        stdoutBytes,
        stderrBytes,
        stdoutTruncated,
        stderrTruncated,
        wallTime,
        cpuTime,
        Duration.ZERO,
        peakMemoryBytes,
        loss,
        command);
  }

  /** Standard output as UTF-8, malformed bytes replaced by U+FFFD. */
  public String stdout() {
    return new String(stdoutBytes, StandardCharsets.UTF_8);
  }

  /** Standard error as UTF-8, malformed bytes replaced by U+FFFD. */
  public String stderr() {
    return new String(stderrBytes, StandardCharsets.UTF_8);
  }
}

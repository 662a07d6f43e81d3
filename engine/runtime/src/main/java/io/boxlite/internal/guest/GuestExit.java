package io.boxlite.internal.guest;

import io.boxlite.Outcome;
import io.boxlite.internal.guest.proto.ExecExited;
import io.boxlite.internal.guest.proto.ExecStart;
import java.time.Duration;
import java.util.Optional;

/**
 * How an execution ended.
 *
 * @param outcome the outcome
 * @param exitCode the exit code as in a shell; {@link #UNKNOWN_EXIT_CODE} if the box was lost
 * @param signal the signal that ended the main process, or 0
 * @param stdoutTruncated whether standard output exceeded its limit
 * @param stderrTruncated whether standard error exceeded its limit
 * @param wallTime time from the main process's start to its end
 * @param cpuTime user and system time of the whole tree
 * @param stolenTime how long the virtual processors waited for the host's in this time
 * @param peakMemoryBytes peak memory of the whole tree
 * @param endedFirst of two joined executions: whether the other one was still running
 * @param loss why the box was lost, if the outcome is {@link Outcome#BOX_LOST}
 */
public record GuestExit(
    Outcome outcome,
    int exitCode,
    int signal,
    boolean stdoutTruncated,
    boolean stderrTruncated,
    Duration wallTime,
    Duration cpuTime,
    Duration stolenTime,
    long peakMemoryBytes,
    boolean endedFirst,
    Optional<BoxLoss> loss) {

  /** The exit code of an execution whose end is not known. */
  public static final int UNKNOWN_EXIT_CODE = -1;

  private static final int SIGKILL = 9;
  private static final int MAX_EXIT_CODE = 255; // wait(2)
  private static final int MAX_SIGNAL = 64; // signal(7), SIGRTMAX

  static GuestExit lost(BoxLoss loss, Duration wallTime) {
    return new GuestExit(
        Outcome.BOX_LOST,
        UNKNOWN_EXIT_CODE,
        0,
        false,
        false,
        wallTime,
        Duration.ZERO,
        Duration.ZERO,
        0,
        false,
        Optional.of(loss));
  }

  /**
   * Returns the result of a tree whose call was ended by the host, which makes the agent kill it.
   */
  static GuestExit killed(Duration wallTime) {
    return new GuestExit(
        Outcome.SIGNALED,
        128 + SIGKILL,
        SIGKILL,
        false,
        false,
        wallTime,
        Duration.ZERO,
        Duration.ZERO,
        0,
        false,
        Optional.empty());
  }

  /** Validates the agent's report and converts it. */
  static GuestExit of(ExecExited exited, ExecStart start, CpuAccount account)
      throws ProtocolViolation {
    int code = exited.getExitCode();
    int signal = exited.getSignal();
    ProtocolViolation.unless(
        code >= 0 && code <= MAX_EXIT_CODE,
        () -> "an exit code of " + Integer.toUnsignedString(code));
    ProtocolViolation.unless(
        signal >= 0 && signal <= MAX_SIGNAL,
        () -> "an end by signal " + Integer.toUnsignedString(signal));
    ProtocolViolation.unless(
        code == 0 || signal == 0, () -> "both an exit code, " + code + ", and a signal, " + signal);
    long user = exited.getUserTimeNanos();
    long system = exited.getSystemTimeNanos();
    ProtocolViolation.unless(
        exited.getWallTimeNanos() >= 0
            && user >= 0
            && system >= 0
            && user + system >= 0
            && exited.getGuestCpuNanos() >= 0
            && exited.getPeakMemoryBytes() >= 0,
        () -> "a time or an amount of memory of 2^63 or more");
    Outcome outcome = outcome(exited, start);
    CpuAccount.Reading reading = account.read(user + system, exited.getGuestCpuNanos());
    // Both sides were read at another moment than when the limit was found to be exceeded.
    long least = outcome == Outcome.CPU_TIME_EXCEEDED ? start.getCpuTimeNanos() : 0;
    return new GuestExit(
        outcome,
        signal == 0 ? code : 128 + signal,
        signal,
        exited.getStdoutTruncated(),
        exited.getStderrTruncated(),
        Duration.ofNanos(exited.getWallTimeNanos()),
        Duration.ofNanos(Math.max(reading.cpuNanos(), least)),
        Duration.ofNanos(reading.stolenNanos()),
        exited.getPeakMemoryBytes(),
        exited.getEndedFirst(),
        Optional.empty());
  }

  private static Outcome outcome(ExecExited exited, ExecStart start) throws ProtocolViolation {
    return switch (exited.getCause()) {
      case CAUSE_EXITED, CAUSE_REQUESTED ->
          exited.getSignal() == 0 ? Outcome.EXITED : Outcome.SIGNALED;
      case CAUSE_WALL_TIME -> Outcome.TIMED_OUT;
      case CAUSE_CPU_TIME -> {
        ProtocolViolation.unless(
            start.getCpuTimeNanos() != 0, () -> "a kill for processor time that was not limited");
        yield Outcome.CPU_TIME_EXCEEDED;
      }
      case CAUSE_OUT_OF_MEMORY -> Outcome.OUT_OF_MEMORY;
      case CAUSE_BOX_OUT_OF_MEMORY -> Outcome.BOX_OUT_OF_MEMORY;
      case CAUSE_OUTPUT -> Outcome.OUTPUT_LIMIT_EXCEEDED;
      case CAUSE_UNSPECIFIED, UNRECOGNIZED ->
          throw new ProtocolViolation("an end of unknown cause " + exited.getCauseValue());
    };
  }
}

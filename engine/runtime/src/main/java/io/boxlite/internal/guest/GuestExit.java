package io.boxlite.internal.guest;

import io.boxlite.Outcome;
import io.boxlite.internal.guest.proto.ExecExited;
import io.boxlite.internal.guest.proto.ExecStart;
import java.time.Duration;
import java.util.Optional;

/**
 * How an execution ended.
 *
 * @param outcome how
 * @param exitCode as a shell has it; {@link #UNKNOWN_EXIT_CODE} when the box was lost
 * @param signal the signal that ended the main process, or 0
 * @param stdoutTruncated whether more was written to standard output than was asked for
 * @param stderrTruncated whether more was written to standard error than was asked for
 * @param wallTime from the main process's start to its end
 * @param cpuTime of the whole tree, user and system
 * @param stolenTime for how long the machine's processors waited for the host's meanwhile
 * @param peakMemoryBytes of the whole tree
 * @param endedFirst of two that were joined: whether the other one had not ended yet
 * @param loss what became of the box, when the outcome is {@link Outcome#BOX_LOST}
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

  /** The exit code of an execution whose end nobody saw. */
  public static final int UNKNOWN_EXIT_CODE = -1;

  private static final int SIGKILL = 9;
  private static final int MOST_EXIT_CODE = 255; // wait(2)
  private static final int MOST_SIGNAL = 64; // signal(7), SIGRTMAX

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

  /** The end of a tree whose call was ended by the host, which is the agent's order to kill it. */
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

  /** Takes the agent's word for it as far as it can be true. */
  static GuestExit of(ExecExited exited, ExecStart start, CpuAccount account)
      throws ProtocolViolation {
    int code = exited.getExitCode();
    int signal = exited.getSignal();
    ProtocolViolation.unless(
        code >= 0 && code <= MOST_EXIT_CODE,
        () -> "an exit code of " + Integer.toUnsignedString(code));
    ProtocolViolation.unless(
        signal >= 0 && signal <= MOST_SIGNAL,
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
    // Both sides were read at another moment than when the limit was seen to be reached.
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

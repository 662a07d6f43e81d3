package io.boxlite;

import io.boxlite.text.VisibleText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The result of a command in a box.
 *
 * <p>Immutable, except that the byte arrays are not copied: changing one changes the result. Two
 * results are equal if all their values are, and if they are of the same {@link Command} object.
 */
public final class ExecResult {
  /** How much of each stream {@link #toString()} shows, in bytes. */
  private static final int MAX_SHOWN = 200;

  private final Outcome outcome;
  private final int exitCode;
  private final int signal;
  private final byte[] stdoutBytes;
  private final byte[] stderrBytes;
  private final boolean stdoutTruncated;
  private final boolean stderrTruncated;
  private final Duration wallTime;
  private final Duration cpuTime;
  private final Duration stolenTime;
  private final long peakMemoryBytes;
  private final Optional<String> loss;
  private final Optional<Command> command;

  private ExecResult(Builder builder) {
    outcome = builder.outcome;
    exitCode = builder.exitCode;
    signal = builder.signal;
    stdoutBytes = builder.stdoutBytes;
    stderrBytes = builder.stderrBytes;
    stdoutTruncated = builder.stdoutTruncated;
    stderrTruncated = builder.stderrTruncated;
    wallTime = builder.wallTime;
    cpuTime = builder.cpuTime;
    stolenTime = builder.stolenTime;
    peakMemoryBytes = builder.peakMemoryBytes;
    loss = builder.loss;
    command = builder.command;
  }

  /**
   * Returns a builder, for instance for tests of code that judges results. By default the result
   * has the exit code 0, no output, and zero times.
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns how the command ended. */
  public Outcome outcome() {
    return outcome;
  }

  /**
   * Returns the exit code as a shell reports it: 0 to 255 from {@code exit}, 128 + signal for a
   * signal; -1, which nothing else has, if the box was lost.
   */
  public int exitCode() {
    return exitCode;
  }

  /** Returns the signal that ended the main process, 1 to 64, or 0 if none did. */
  public int signal() {
    return signal;
  }

  /** Returns what was written to standard output, at most {@link Command#maxOutputBytes()}. */
  public byte[] stdoutBytes() {
    return stdoutBytes;
  }

  /** Returns what was written to standard error, at most {@link Command#maxOutputBytes()}. */
  public byte[] stderrBytes() {
    return stderrBytes;
  }

  /** Returns whether more was written to standard output than was kept. */
  public boolean stdoutTruncated() {
    return stdoutTruncated;
  }

  /** Returns whether more was written to standard error than was kept. */
  public boolean stderrTruncated() {
    return stderrTruncated;
  }

  /** Returns the time from the start of the process to its end, measured in the guest. */
  public Duration wallTime() {
    return wallTime;
  }

  /**
   * Returns the processor time of the whole process tree, user and system. Time in which the box
   * waited for a processor of the host does not count.
   */
  public Duration cpuTime() {
    return cpuTime;
  }

  /**
   * Returns how long the box's processors waited meanwhile for one of the host's, summed over all
   * of them; zero on a host that does not report it.
   */
  public Duration stolenTime() {
    return stolenTime;
  }

  /**
   * Returns the most memory the process tree held at once, in bytes, including the page cache it
   * was charged for.
   */
  public long peakMemoryBytes() {
    return peakMemoryBytes;
  }

  /**
   * Returns why the box was lost, with the guest's last console lines, if the outcome is {@link
   * Outcome#BOX_LOST}; empty otherwise.
   */
  public Optional<String> loss() {
    return loss;
  }

  /** Returns the command with its limits; empty only in a result that did not come from a box. */
  public Optional<Command> command() {
    return command;
  }

  /** Returns standard output decoded as UTF-8, with malformed bytes replaced by U+FFFD. */
  public String stdout() {
    return new String(stdoutBytes, StandardCharsets.UTF_8);
  }

  /** Returns standard error decoded as UTF-8, with malformed bytes replaced by U+FFFD. */
  public String stderr() {
    return new String(stderrBytes, StandardCharsets.UTF_8);
  }

  /** Returns a builder that starts with these values. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.outcome = outcome;
    builder.exitCode = exitCode;
    builder.signal = signal;
    builder.stdoutBytes = stdoutBytes;
    builder.stderrBytes = stderrBytes;
    builder.stdoutTruncated = stdoutTruncated;
    builder.stderrTruncated = stderrTruncated;
    builder.wallTime = wallTime;
    builder.cpuTime = cpuTime;
    builder.stolenTime = stolenTime;
    builder.peakMemoryBytes = peakMemoryBytes;
    builder.loss = loss;
    builder.command = command;
    return builder;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ExecResult that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  @Override
  public String toString() {
    return "ExecResult[outcome="
        + outcome
        + ", exitCode="
        + exitCode
        + (signal == 0 ? "" : ", signal=" + signal)
        + shown(", stdout=", stdoutBytes, stdoutTruncated)
        + shown(", stderr=", stderrBytes, stderrTruncated)
        + ", wallTime="
        + wallTime
        + ", cpuTime="
        + cpuTime
        + (stolenTime.isZero() ? "" : ", stolenTime=" + stolenTime)
        + ", peakMemoryBytes="
        + peakMemoryBytes
        + loss.map(why -> ", loss=" + why).orElse("")
        + command.map(what -> ", command=" + what).orElse("")
        + "]";
  }

  private static String shown(String name, byte[] stream, boolean truncated) {
    String text = new String(stream, 0, Math.min(stream.length, MAX_SHOWN), StandardCharsets.UTF_8);
    return name
        + VisibleText.quoted(text, MAX_SHOWN)
        + (stream.length > MAX_SHOWN ? " (" + stream.length + " bytes)" : "")
        + (truncated ? " (truncated)" : "");
  }

  private List<Object> values() {
    return List.of(
        outcome,
        exitCode,
        signal,
        ByteBuffer.wrap(stdoutBytes),
        ByteBuffer.wrap(stderrBytes),
        stdoutTruncated,
        stderrTruncated,
        wallTime,
        cpuTime,
        stolenTime,
        peakMemoryBytes,
        loss,
        command);
  }

  /** Collects the values of {@link ExecResult}. */
  public static final class Builder {
    private Outcome outcome = Outcome.EXITED;
    private int exitCode = 0;
    private int signal = 0;
    private byte[] stdoutBytes = new byte[0];
    private byte[] stderrBytes = new byte[0];
    private boolean stdoutTruncated = false;
    private boolean stderrTruncated = false;
    private Duration wallTime = Duration.ZERO;
    private Duration cpuTime = Duration.ZERO;
    private Duration stolenTime = Duration.ZERO;
    private long peakMemoryBytes = 0;
    private Optional<String> loss = Optional.empty();
    private Optional<Command> command = Optional.empty();

    private Builder() {}

    /** Sets how the command ended; {@link Outcome#EXITED} by default. */
    public Builder outcome(Outcome outcome) {
      this.outcome = outcome;
      return this;
    }

    /** Sets the exit code; 0 by default. */
    public Builder exitCode(int exitCode) {
      this.exitCode = exitCode;
      return this;
    }

    /** Sets the signal that ended the main process; 0, which is none, by default. */
    public Builder signal(int signal) {
      this.signal = signal;
      return this;
    }

    /** Sets whether more was written to standard output than was kept; false by default. */
    public Builder stdoutTruncated(boolean stdoutTruncated) {
      this.stdoutTruncated = stdoutTruncated;
      return this;
    }

    /** Sets whether more was written to standard error than was kept; false by default. */
    public Builder stderrTruncated(boolean stderrTruncated) {
      this.stderrTruncated = stderrTruncated;
      return this;
    }

    /** Sets the wall-clock time; zero by default. */
    public Builder wallTime(Duration wallTime) {
      this.wallTime = wallTime;
      return this;
    }

    /** Sets the processor time; zero by default. */
    public Builder cpuTime(Duration cpuTime) {
      this.cpuTime = cpuTime;
      return this;
    }

    /** Sets how long the box waited for the host; zero by default. */
    public Builder stolenTime(Duration stolenTime) {
      this.stolenTime = stolenTime;
      return this;
    }

    /** Sets the peak memory in bytes; 0 by default. */
    public Builder peakMemoryBytes(long peakMemoryBytes) {
      this.peakMemoryBytes = peakMemoryBytes;
      return this;
    }

    /** Sets why the box was lost; empty by default. */
    public Builder loss(String loss) {
      this.loss = Optional.of(loss);
      return this;
    }

    /** Sets the command; empty by default. */
    public Builder command(Command command) {
      this.command = Optional.of(command);
      return this;
    }

    /** Sets what was written to standard output; nothing by default. The array is not copied. */
    public Builder stdout(byte[] stdout) {
      this.stdoutBytes = stdout;
      return this;
    }

    /** Sets what was written to standard output, as UTF-8. */
    public Builder stdout(String stdout) {
      return stdout(stdout.getBytes(StandardCharsets.UTF_8));
    }

    /** Sets what was written to standard error; nothing by default. The array is not copied. */
    public Builder stderr(byte[] stderr) {
      this.stderrBytes = stderr;
      return this;
    }

    /** Sets what was written to standard error, as UTF-8. */
    public Builder stderr(String stderr) {
      return stderr(stderr.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the {@link ExecResult}. */
    public ExecResult build() {
      return new ExecResult(this);
    }
  }
}

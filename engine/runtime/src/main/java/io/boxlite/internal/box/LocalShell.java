package io.boxlite.internal.box;

import com.google.protobuf.ByteString;
import io.boxlite.BoxLostException;
import io.boxlite.BoxShell;
import io.boxlite.BoxliteException;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import io.boxlite.OutputKeep;
import io.boxlite.internal.check.Arguments;
import io.boxlite.internal.guest.GuestUsage;
import io.boxlite.internal.guest.MarkedOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A shell that runs as one command of a {@link LocalBox}. Each script is one line of its input.
 * Random marks in its output show where the output of a script ends.
 */
final class LocalShell implements BoxShell {
  private static final int MARK_BYTES = 16;
  private static final int SIGKILL = 9;
  private static final Pattern STATUS = Pattern.compile("[0-9]{1,3}");
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Command shell;
  private final Runnable beforeScript;
  private final LocalExecution execution;
  private final MarkedOutput stdout;
  private final MarkedOutput stderr;
  private final Object turn = new Object();
  private volatile @Nullable Call call;
  private Duration cpuTime = Duration.ZERO; // of all earlier scripts; guarded by turn
  private volatile String end = "it was closed";

  /** A script that is running. */
  private static final class Call {
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final AtomicInteger streams;
    private volatile @Nullable Outcome killedFor;

    Call(int streams) {
      this.streams = new AtomicInteger(streams);
    }

    void streamEnded() {
      if (streams.decrementAndGet() == 0) {
        done.complete(null);
      }
    }
  }

  private LocalShell(Command shell, LocalExecution execution, Runnable beforeScript) {
    this.shell = shell;
    this.beforeScript = beforeScript;
    this.execution = execution;
    stdout = new MarkedOutput(shell.maxOutputBytes(), shell.keepOutput());
    stderr = new MarkedOutput(shell.maxOutputBytes(), shell.keepOutput());
    execution.deliverTo(bytes -> receive(stdout, bytes), bytes -> receive(stderr, bytes));
  }

  static LocalShell open(LocalBox box, Command shell) {
    if (shell.hasStdin() || shell.stdinFile().isPresent() || shell.tty().isPresent()) {
      throw new IllegalArgumentException(
          "shell is "
              + shell
              + "; it must have neither a standard input nor a terminal of its own");
    }
    LocalExecution.requireKeepable(shell);
    // The limits of time and output apply to each script, and are enforced here.
    LocalShell opened =
        new LocalShell(
            shell,
            box.start(shell.timeout(Command.MAX_TIMEOUT).keepOutput(OutputKeep.TAIL)),
            box::refreshVolumes);
    try {
      opened.send("exec 7>&1 8>&2\n");
      ExecResult first = opened.runNow(":", shell.timeout());
      if (!opened.isOpen()) {
        throw new BoxliteException(
            shell
                + " is not a shell that reads commands from standard input: "
                + opened.end
                + ": "
                + first.stderr().strip());
      }
      return opened;
    } catch (RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  @Override
  public ExecResult run(String script) {
    return run(script, shell.timeout());
  }

  @Override
  public ExecResult run(String script, Duration timeout) {
    Arguments.noNul("script", script);
    Arguments.positive("timeout", timeout, Command.MAX_TIMEOUT);
    synchronized (turn) {
      requireOpen();
      beforeScript.run();
      return runNow(script, timeout);
    }
  }

  /** Runs a script. If the shell has ended meanwhile, the result says so. */
  private ExecResult runNow(String script, Duration timeout) {
    synchronized (turn) {
      Call now = new Call(shell.mergesStderr() ? 1 : 2);
      byte[] secret = new byte[MARK_BYTES];
      RANDOM.nextBytes(secret);
      String mark = HexFormat.of().formatHex(secret);
      stdout.begin(mark);
      stderr.begin(mark);
      call = now;
      long begin = System.nanoTime();
      CompletableFuture<Boolean> clock =
          new CompletableFuture<Boolean>()
              .completeOnTimeout(true, timeout.toNanos(), TimeUnit.NANOSECONDS);
      CompletableFuture<Void> unused =
          clock.thenAcceptAsync(
              late -> {
                if (late) {
                  kill(now, Outcome.TIMED_OUT);
                }
              });
      try {
        send(line(script, mark));
        CompletableFuture.anyOf(now.done, execution.onExit()).get();
        Duration wallTime = Duration.ofNanos(System.nanoTime() - begin);
        Command command = shell.withArguments("-c", script).timeout(timeout);
        return now.done.isDone() ? done(command, wallTime) : ended(command, now, wallTime);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        end = "a thread that ran a script in it was interrupted";
        execution.close();
        throw new BoxliteException("interrupted while running a script in " + this, e);
      } catch (ExecutionException e) {
        throw new BoxliteException("waiting for " + this + " failed", e);
      } finally {
        clock.complete(false);
        call = null;
      }
    }
  }

  @Override
  public boolean isOpen() {
    return execution.isRunning();
  }

  @Override
  public void close() {
    execution.close();
  }

  @Override
  public String toString() {
    return "shell " + execution.id();
  }

  /**
   * Returns one line, which the shell reads as a whole before it runs any of it: by the time a
   * program runs, the mark exists only in the shell's memory. {@code command} keeps an error of
   * {@code eval} from ending the shell (POSIX, Shell Command Language, 2.8.1). The marks are
   * written to the outputs as they were when the session began, even if the script has redirected
   * its own. Standard error is closed meanwhile, so that {@code set -x} does not trace them.
   */
  private String line(String script, String mark) {
    String quoted = "'" + script.replace("'", "'\\''") + "'";
    return "command eval "
        + quoted
        + " </dev/null 7>&- 8>&-; { command echo "
        + mark
        + "$? >&7; "
        + (shell.mergesStderr() ? "" : "command echo " + mark + " >&8; ")
        + "} 2>&-\n";
  }

  private void send(String line) {
    try {
      execution.stdin().write(line.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // The shell has ended. The caller waits for that next.
    }
  }

  private void receive(MarkedOutput output, ByteString bytes) {
    boolean ended = output.take(bytes);
    Call now = call;
    if (now == null) {
      return;
    }
    if (ended) {
      now.streamEnded();
    } else if (shell.keepOutput() == OutputKeep.KILL && output.isTruncated()) {
      CompletableFuture<Void> unused =
          CompletableFuture.runAsync(() -> kill(now, Outcome.OUTPUT_LIMIT_EXCEEDED));
    }
  }

  private void kill(Call now, Outcome outcome) {
    if (now.killedFor == null && !now.done.isDone()) {
      now.killedFor = outcome;
      try {
        execution.kill();
      } catch (BoxLostException e) {
        // The loss of the box ends the execution, too.
      }
    }
  }

  private ExecResult done(Command command, Duration wallTime) {
    Optional<GuestUsage> usage;
    try {
      usage = execution.usage();
    } catch (BoxliteException e) {
      usage = Optional.empty(); // the next call will report what is wrong
    }
    Duration before = cpuTime;
    cpuTime = usage.map(GuestUsage::cpuTime).orElse(before);
    MarkedOutput.Part out = stdout.end();
    if (!STATUS.matcher(out.status()).matches()) {
      end = "a program that controls its process forged the end of a script";
      execution.close();
      throw new BoxliteException(this + " was ended: " + end + "; open another one");
    }
    return result(out, command, wallTime)
        .exitCode(Integer.parseInt(out.status()))
        .cpuTime(cpuTime.minus(before))
        .peakMemoryBytes(usage.map(GuestUsage::peakMemoryBytes).orElse(0L))
        .build();
  }

  private ExecResult ended(Command command, Call now, Duration wallTime) {
    ExecResult last = execution.await();
    Outcome killedFor = now.killedFor;
    Outcome outcome =
        killedFor != null && last.signal() == SIGKILL && last.outcome() == Outcome.SIGNALED
            ? killedFor
            : last.outcome();
    end = "its last script ended it with " + outcome + " and exit code " + last.exitCode();
    ExecResult.Builder result =
        result(stdout.end(), command, wallTime)
            .outcome(outcome)
            .exitCode(last.exitCode())
            .signal(last.signal())
            .cpuTime(
                last.cpuTime().compareTo(cpuTime) > 0
                    ? last.cpuTime().minus(cpuTime)
                    : Duration.ZERO)
            .peakMemoryBytes(last.peakMemoryBytes());
    last.loss().ifPresent(result::loss);
    return result.build();
  }

  private ExecResult.Builder result(MarkedOutput.Part out, Command command, Duration wallTime) {
    MarkedOutput.Part err = stderr.end();
    return ExecResult.builder()
        .stdout(out.content())
        .stderr(err.content())
        .stdoutTruncated(out.truncated())
        .stderrTruncated(err.truncated())
        .wallTime(wallTime)
        .command(command);
  }

  private void requireOpen() {
    Optional<ExecResult> last = execution.result();
    if (last.isPresent()) {
      Optional<String> loss = last.get().loss();
      if (loss.isPresent()) {
        throw new BoxLostException(loss.get(), "", null);
      }
      throw new IllegalStateException(
          this + " has ended: " + end + "; open another one with LiteBox.shell()");
    }
  }
}

package io.boxlite.internal.box;

import com.google.protobuf.ByteString;
import io.boxlite.BoxliteException;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import io.boxlite.TtySize;
import io.boxlite.internal.check.Arguments;
import io.boxlite.internal.guest.BoxLoss;
import io.boxlite.internal.guest.GuestExec;
import io.boxlite.internal.guest.GuestExit;
import io.boxlite.internal.guest.GuestUsage;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A command that runs in the guest of a {@link LocalBox}. */
final class LocalExecution implements Execution {
  /** How long {@link #close()} waits for the guest to report that the process tree is dead. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private static final long MOST_KEPT_BYTES = 1L << 30;
  private static final int SIGKILL = 9;
  private static final int MOST_SIGNAL = 64; // signal(7), SIGRTMAX

  private final String id;
  private final Command command;
  private final GuestExec exec;
  private final @Nullable InputPump pump;

  // Guarded by this.
  private boolean stdoutTaken;
  private boolean stderrTaken;
  private @Nullable ExecResult result;

  LocalExecution(String id, Command command, GuestExec exec) {
    this.id = id;
    this.command = command;
    this.exec = exec;
    pump = command.openStdin().map(in -> InputPump.start(id, in, exec.stdin())).orElse(null);
    if (pump != null) {
      CompletableFuture<GuestExit> unused =
          exec.onEnd().whenCompleteAsync((exit, failure) -> pump.close());
    }
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public Command command() {
    return command;
  }

  @Override
  public boolean isRunning() {
    return !exec.onEnd().isDone();
  }

  @Override
  public Optional<ExecResult> result() {
    CompletableFuture<GuestExit> end = exec.onEnd();
    return end.isDone() && !end.isCompletedExceptionally()
        ? Optional.of(result(end.join()))
        : Optional.empty();
  }

  @Override
  public OutputStream stdin() {
    if (pump != null || command.stdinFile().isPresent()) {
      throw new IllegalStateException(
          "execution " + id + " has no stdin(); its Command provides the standard input");
    }
    return exec.stdin();
  }

  @Override
  public synchronized InputStream stdout() {
    if (result != null && !stdoutTaken) {
      return new ByteArrayInputStream(result.stdoutBytes());
    }
    stdoutTaken = true;
    return exec.stdout();
  }

  @Override
  public synchronized InputStream stderr() {
    if (result != null && !stderrTaken) {
      return new ByteArrayInputStream(result.stderrBytes());
    }
    stderrTaken = true;
    return exec.stderr();
  }

  @Override
  public void resizeTty(int rows, int columns) {
    TtySize size = new TtySize(rows, columns);
    if (command.tty().isEmpty()) {
      throw new IllegalStateException(
          "execution " + id + " has no terminal; start it with Command.tty(rows, columns)");
    }
    exec.resize(size.rows(), size.columns());
  }

  @Override
  public void signal(int signal) {
    exec.signal(Arguments.inRange("signal", signal, 1, MOST_SIGNAL));
  }

  @Override
  public ExecResult await() {
    keepUnclaimed();
    try {
      return result(exec.onEnd().get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while waiting for the end of " + this, e);
    } catch (ExecutionException e) {
      throw rejection(e);
    }
  }

  @Override
  public CompletableFuture<ExecResult> onExit() {
    keepUnclaimed();
    return exec.onEnd().thenApplyAsync(this::result);
  }

  @Override
  public void close() {
    if (exec.onEnd().isDone()) {
      return;
    }
    if (Thread.currentThread().isInterrupted() || !exec.onStart().isDone()) {
      // The agent kills the tree. Either there is no time to wait for its report, or nothing runs
      // yet
      // that could receive a signal.
      exec.close();
      return;
    }
    try {
      // Discards unread output, which would hold up the report of the end behind it.
      exec.stdout().close();
      exec.stderr().close();
      exec.signal(SIGKILL);
      exec.onEnd().get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (BoxliteException | ExecutionException | TimeoutException e) {
      // Whatever is wrong with the guest, only ending the call remains to be done.
    } finally {
      exec.close();
    }
  }

  @Override
  public String toString() {
    return "execution " + id + " of " + command;
  }

  /** Delivers all output to receivers, on the connection's thread. They must not block. */
  synchronized void deliverTo(Consumer<ByteString> stdout, Consumer<ByteString> stderr) {
    stdoutTaken = true;
    stderrTaken = true;
    exec.stdout().deliverTo(stdout);
    exec.stderr().deliverTo(stderr);
  }

  /** Returns the resource usage so far; empty if the command has ended. */
  Optional<GuestUsage> usage() {
    return exec.usage();
  }

  /** Returns whether this one of two joined commands ended first. Both must have ended. */
  boolean endedFirst() {
    return exec.onEnd().join().endedFirst();
  }

  /** Waits until the command runs. */
  void awaitStart() {
    try {
      exec.onStart().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while starting " + this, e);
    } catch (ExecutionException e) {
      throw rejection(e);
    }
  }

  private synchronized void keepUnclaimed() {
    if (stdoutTaken && stderrTaken) {
      return;
    }
    requireKeepable(command);
    keepUnread();
  }

  /** Rejects a command that allows more output than can be kept in memory. */
  static void requireKeepable(Command command) {
    if (command.maxOutputBytes() > MOST_KEPT_BYTES) {
      throw new IllegalArgumentException(
          "maxOutputBytes is "
              + command.maxOutputBytes()
              + "; output that is kept in memory must be limited to at most "
              + MOST_KEPT_BYTES
              + "; to get more, read the streams of LiteBox.start(Command)");
    }
  }

  private synchronized void keepUnread() {
    if (!stdoutTaken) {
      exec.stdout().keep(command.maxOutputBytes());
    }
    if (!stderrTaken) {
      exec.stderr().keep(command.maxOutputBytes());
    }
  }

  private synchronized ExecResult result(GuestExit exit) {
    if (result == null) {
      keepUnread(); // in case nobody called await() or onExit()
      ExecResult.Builder ended =
          ExecResult.builder()
              .outcome(exit.outcome())
              .exitCode(exit.exitCode())
              .signal(exit.signal())
              .stdout(stdoutTaken ? new byte[0] : exec.stdout().takeAll())
              .stderr(stderrTaken ? new byte[0] : exec.stderr().takeAll())
              .stdoutTruncated(exit.stdoutTruncated() || exec.stdout().isTrimmed())
              .stderrTruncated(exit.stderrTruncated() || exec.stderr().isTrimmed())
              .wallTime(exit.wallTime())
              .cpuTime(exit.cpuTime())
              .stolenTime(exit.stolenTime())
              .peakMemoryBytes(exit.peakMemoryBytes())
              .command(command);
      exit.loss().map(BoxLoss::message).ifPresent(ended::loss);
      result = ended.build();
    }
    return result;
  }

  /** Returns the guest's rejection with the stack trace of the caller. */
  private RuntimeException rejection(ExecutionException e) {
    Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
    return cause instanceof IllegalArgumentException
        ? new IllegalArgumentException(this + ": " + cause.getMessage(), cause)
        : new BoxliteException(this + ": " + cause.getMessage(), cause);
  }
}

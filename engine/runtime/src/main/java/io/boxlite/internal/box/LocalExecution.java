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

/** A command that the guest of a {@link LocalBox} runs. */
final class LocalExecution implements Execution {
  /** How long {@link #close()} waits for the word that the tree is dead. */
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
          "the standard input of execution " + id + " comes from its Command already");
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
    keepWhatNobodyReads();
    try {
      return result(exec.onEnd().get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while waiting for the end of " + this, e);
    } catch (ExecutionException e) {
      throw refusal(e);
    }
  }

  @Override
  public CompletableFuture<ExecResult> onExit() {
    keepWhatNobodyReads();
    return exec.onEnd().thenApplyAsync(this::result);
  }

  @Override
  public void close() {
    if (exec.onEnd().isDone()) {
      return;
    }
    if (Thread.currentThread().isInterrupted() || !exec.onStart().isDone()) {
      // The agent kills the tree. There is no time to wait for its word, or nothing runs yet that
      // could be signalled.
      exec.close();
      return;
    }
    try {
      // Nobody will read it, and behind it comes the word of the end.
      exec.stdout().close();
      exec.stderr().close();
      exec.signal(SIGKILL);
      exec.onEnd().get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (BoxliteException | ExecutionException | TimeoutException e) {
      // Whatever is wrong with the guest, to end the call is all that is left to do.
    } finally {
      exec.close();
    }
  }

  @Override
  public String toString() {
    return "execution " + id + " of " + command;
  }

  /** Gives all output to receivers, which the connection's thread calls and must not wait for. */
  synchronized void deliverTo(Consumer<ByteString> stdout, Consumer<ByteString> stderr) {
    stdoutTaken = true;
    stderrTaken = true;
    exec.stdout().deliverTo(stdout);
    exec.stderr().deliverTo(stderr);
  }

  /** What it has used until now; empty when it does not run any more. */
  Optional<GuestUsage> usage() {
    return exec.usage();
  }

  /** Of two that are joined, and have ended: whether this one was the first. */
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
      throw refusal(e);
    }
  }

  private synchronized void keepWhatNobodyReads() {
    if (stdoutTaken && stderrTaken) {
      return;
    }
    requireKeepable(command);
    keepUnread();
  }

  /** Refuses a command that allows more output than is ever kept in memory. */
  static void requireKeepable(Command command) {
    if (command.maxOutputBytes() > MOST_KEPT_BYTES) {
      throw new IllegalArgumentException(
          "maxOutputBytes is "
              + command.maxOutputBytes()
              + "; output is kept in memory and must be at most "
              + MOST_KEPT_BYTES
              + " then; read the streams of LiteBox.start(Command) to get more");
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
      keepUnread(); // nobody may have waited for it
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

  /** The guest's refusal with the stack of the caller, who gave the command. */
  private RuntimeException refusal(ExecutionException e) {
    Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
    return cause instanceof IllegalArgumentException
        ? new IllegalArgumentException(this + ": " + cause.getMessage(), cause)
        : new BoxliteException(this + ": " + cause.getMessage(), cause);
  }
}

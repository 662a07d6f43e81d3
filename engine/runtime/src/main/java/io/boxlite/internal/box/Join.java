package io.boxlite.internal.box;

import io.boxlite.BoxliteException;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.JoinResult;
import io.boxlite.JoinResult.Side;
import io.boxlite.internal.check.Arguments;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

/** Two commands that are joined by pipes. */
final class Join implements AutoCloseable {
  private static final int TOKEN_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final LocalExecution first;
  private final LocalExecution second;

  private Join(LocalExecution first, LocalExecution second) {
    this.first = first;
    this.second = second;
  }

  /**
   * Runs two commands until both have ended.
   *
   * @param timeout how long one command may run on after the other has ended
   * @param launcher starts a command with a token, by which the guest knows which two belong
   *     together
   */
  static JoinResult run(
      Command first,
      Command second,
      Duration timeout,
      BiFunction<Command, String, LocalExecution> launcher) {
    requireNoStreams("first", first);
    requireNoStreams("second", second);
    Arguments.positive("timeout", timeout, Command.MAX_TIMEOUT);
    byte[] random = new byte[TOKEN_BYTES];
    RANDOM.nextBytes(random);
    String token = HexFormat.of().formatHex(random);
    LocalExecution one = launcher.apply(first, token);
    LocalExecution other;
    try {
      other = launcher.apply(second, token);
    } catch (RuntimeException | Error e) {
      one.close();
      throw e;
    }
    try (Join join = new Join(one, other)) {
      return join.await(timeout);
    }
  }

  private static void requireNoStreams(String name, Command command) {
    if (command.hasStdin() || command.stdinFile().isPresent() || command.tty().isPresent()) {
      throw new IllegalArgumentException(
          name
              + " is "
              + command
              + "; its standard input is what the other command writes, so it must have neither a"
              + " standard input nor a terminal of its own");
    }
    if (command.mergesStderr()) {
      throw new IllegalArgumentException(
          name
              + " is "
              + command
              + " with mergeStderr(); its standard output is what the other command reads, so leave"
              + " that out, and its standard error comes with its result");
    }
  }

  private JoinResult await(Duration timeout) {
    first.awaitStart();
    second.awaitStart();
    CompletableFuture<ExecResult> one = first.onExit();
    CompletableFuture<ExecResult> other = second.onExit();
    CompletableFuture<Boolean> clock = new CompletableFuture<>();
    CompletableFuture<Void> unused =
        CompletableFuture.anyOf(one, other)
            .thenRun(() -> clock.completeOnTimeout(true, timeout.toNanos(), TimeUnit.NANOSECONDS));
    CompletableFuture<Void> unusedToo = clock.thenAcceptAsync(this::killIf);
    try {
      return new JoinResult(one.get(), other.get(), second.endedFirst() ? Side.SECOND : Side.FIRST);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while waiting for " + first + " and " + second, e);
    } catch (ExecutionException e) {
      throw new BoxliteException("waiting for " + first + " and " + second + " failed", e);
    } finally {
      clock.complete(false);
    }
  }

  private void killIf(boolean late) {
    if (late) {
      first.kill();
      second.kill();
    }
  }

  /** Kills the commands that are still running. */
  @Override
  public void close() {
    try {
      first.close();
    } finally {
      second.close();
    }
  }
}

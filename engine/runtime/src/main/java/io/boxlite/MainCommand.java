package io.boxlite;

import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The main command of a box: see {@link BoxOptions.Builder#startCommand()} and {@link
 * LiteBox#mainCommand()}.
 *
 * <p>It runs until it ends by itself, is killed, or its box ends. The box does not end with it, but
 * its whole process tree does. If it was started when the box's template was made, it continues in
 * each box that starts from the template, and its output until then is the output of each.
 *
 * <p><b>Output.</b> The last 1 MiB of each stream is kept, whether anybody reads it or not. A
 * program that writes more than some MiB per second is slowed down. All methods are safe to call
 * from any thread.
 */
public interface MainCommand {
  /** Returns the command. */
  Command command();

  /**
   * Returns whether it has not ended yet.
   *
   * @throws BoxliteException if the guest does not answer, or the thread is interrupted
   */
  boolean isRunning();

  /**
   * Returns the result if it has ended. Its times count from the start of the command, without the
   * time that a template was not running.
   *
   * @return the result with the output that is kept; its outcome is {@link Outcome#BOX_LOST} if the
   *     box has ended while it was running
   * @throws BoxliteException if the guest does not answer, or the thread is interrupted
   */
  Optional<ExecResult> result();

  /**
   * Returns a future that completes with the result, on a thread of the common pool. Cancelling it
   * does not affect the command.
   */
  CompletableFuture<ExecResult> onExit();

  /**
   * Returns what it has written to standard output until now, as far as it is kept, as UTF-8.
   *
   * @throws BoxliteException if the guest does not answer, or the thread is interrupted
   */
  String stdout();

  /**
   * Returns what it has written to standard error until now, as far as it is kept, as UTF-8.
   *
   * @throws BoxliteException if the guest does not answer, or the thread is interrupted
   */
  String stderr();

  /** Returns whether older output was dropped, so that {@link #stdout()} is only the end of it. */
  boolean stdoutTruncated();

  /** Returns whether older output was dropped, so that {@link #stderr()} is only the end of it. */
  boolean stderrTruncated();

  /**
   * Returns a stream of standard output: what is kept, then what is written from now on, until the
   * command ends. A reader that is more than 1 MiB behind misses what is dropped meanwhile. Each
   * call returns another stream. If the box ends before the command, reading throws an {@link
   * java.io.IOException}.
   */
  InputStream followStdout();

  /** Returns a stream of standard error, as {@link #followStdout()} does. */
  InputStream followStderr();

  /**
   * Sends a signal to the main process; has no effect once it has ended.
   *
   * @param signal 1 to 64, numbered as by {@code kill -l}; 9 kills the whole process tree
   * @throws BoxLostException if the box is lost
   */
  void signal(int signal);

  /**
   * Kills the whole process tree, without waiting for its end.
   *
   * @throws BoxLostException if the box is lost
   */
  default void kill() {
    signal(9);
  }
}

package io.boxlite;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A command that runs in a box; obtained from {@link LiteBox#start}.
 *
 * <p>It ends on its own, by a limit of its command, by {@link #kill()} or {@link #close()}, or with
 * its box; its whole process tree ends with it. All methods are safe to call from any thread.
 *
 * <p><b>Output.</b> Either read it from {@link #stdout()} and {@link #stderr()} while the command
 * runs, or leave it to {@link #await()} and {@link #onExit()}, which keep it in memory for the
 * result. A stream that was requested must be read: once about 1 MiB is waiting, the command
 * blocks, as on a full pipe, until its time limit ends it.
 */
public interface Execution extends AutoCloseable {
  /** Returns an id that is unique among the executions of all boxes: the box's id and a number. */
  String id();

  /**
   * Returns the command that runs. It has those limits of the box's {@link SecurityOptions} that it
   * was started without.
   */
  Command command();

  /** Returns whether it has not ended yet. */
  boolean isRunning();

  /**
   * Returns the result if the command has ended, without waiting. It is the same as that of {@link
   * #await()}, with the output of the streams that were not requested. Empty also if the guest
   * refused the command.
   */
  Optional<ExecResult> result();

  /**
   * Returns the command's standard input; closing it sends the end of file. A write blocks while
   * the command does not read, and fails with an {@link java.io.IOException} once the command has
   * ended.
   *
   * @throws IllegalStateException if the command has an input of its own
   */
  OutputStream stdin();

  /**
   * Returns the command's standard output; for a command with a terminal, all of its output. Ends
   * with the command.
   */
  InputStream stdout();

  /**
   * Returns the command's standard error; empty for a command with a terminal. Ends with the
   * command.
   */
  InputStream stderr();

  /**
   * Changes the size of the terminal; the foreground process gets SIGWINCH.
   *
   * @param rows lines, 1 to 65535
   * @param columns characters per line, 1 to 65535
   * @throws IllegalStateException if the command has no terminal
   */
  void resizeTty(int rows, int columns);

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

  /**
   * Waits for the end. The result has the output of the streams that were not requested.
   *
   * @return the result; its outcome is {@link Outcome#BOX_LOST} if the box died
   * @throws IllegalArgumentException if the command allows more output than can be kept, 1 GiB, and
   *     a stream was not requested
   * @throws BoxliteException if the thread is interrupted; its interrupt status is then set, and
   *     the command runs on until it is closed
   */
  ExecResult await();

  /**
   * Returns a future that completes with the result of {@link #await()}, on a thread of the common
   * pool. Cancelling it does not affect the command.
   */
  CompletableFuture<ExecResult> onExit();

  /** Kills the command if it is running, and waits until it is dead. */
  @Override
  void close();
}

package io.boxlite;

import java.time.Duration;

/**
 * A shell in a box that keeps its state from one script to the next: working directory, variables,
 * functions, options, background jobs. {@link LiteBox#shell()} opens one.
 *
 * <p>Each script has a result of its own. Its end is recognized by a random mark, new for each
 * call, which the shell's programs do not see; so their output cannot be mistaken for the end. A
 * program that controls the shell's own process, as one of the same user can with ptrace, controls
 * the session.
 *
 * <p>A script's programs have an empty standard input. The session uses the file descriptors 7 and
 * 8: a script must not use them.
 *
 * <p>All methods are safe to call from any thread; scripts run one after the other.
 */
public interface BoxShell extends AutoCloseable {
  /**
   * Runs a script with the time limit of the shell's command; see {@link #run(String, Duration)}.
   */
  ExecResult run(String script);

  /**
   * Runs a script in the shell and waits for it to end.
   *
   * <p>The result's exit code is the script's {@code $?}. A syntax error is reported as a result,
   * not as an exception. A script that calls {@code exit} ends the shell, and so does any limit
   * that is exceeded: the result says which, and has the output up to then. The wall-clock time is
   * measured on the host. The peak memory is that of the session so far. Output of an earlier
   * script's background job is in the result of the script during which it is written.
   *
   * @param script in the shell's language, of any number of lines
   * @param timeout more than zero, at most 7 days
   * @return the result; its outcome is {@link Outcome#BOX_LOST} if the box dies meanwhile
   * @throws IllegalArgumentException if the script has a NUL character
   * @throws IllegalStateException if the shell has ended before; the message says why
   * @throws BoxLostException if the box was lost before
   * @throws BoxliteException if the thread is interrupted, in which case its interrupt status is
   *     set and the shell is ended
   */
  ExecResult run(String script, Duration timeout);

  /** Returns whether the shell can run scripts: it has not ended yet. */
  boolean isOpen();

  /** Ends the shell and everything that runs in it; has no effect once it has ended. */
  @Override
  void close();
}

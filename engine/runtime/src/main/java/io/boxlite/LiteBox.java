package io.boxlite;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A micro-VM that runs commands; created by {@link Boxlite#create}.
 *
 * <p>All methods are safe to call from any thread, and commands may run at the same time. Whatever
 * a command does, later commands are affected only by the files it leaves behind.
 *
 * <p>A test can implement this interface to do without a virtual machine: only {@link #info},
 * {@link #exec(Command)}, {@link #start}, {@link #files} and {@link #close} are abstract. A method
 * that an implementation leaves out throws {@link UnsupportedOperationException}.
 */
public interface LiteBox extends AutoCloseable {
  /** Returns the box's id: 12 hexadecimal digits. */
  default String id() {
    return info().id();
  }

  /** Returns the name from the box's options, if there is one. */
  default Optional<String> name() {
    return info().name();
  }

  /** Returns the box's configuration and its current state. */
  BoxInfo info();

  /**
   * Runs a command with default limits and waits for it to end; see {@link #exec(Command)}.
   *
   * @param argv the program and its arguments
   */
  default ExecResult exec(String... argv) {
    return exec(Command.of(argv));
  }

  /**
   * Runs a command and waits for it to end. Its output is kept in memory.
   *
   * <p>It always ends: on its own, at its time limit, or with its box. A program that does not
   * exist exits with 127, one that cannot be executed with 126, and standard error says why, as in
   * a shell.
   *
   * @param command the command and its limits
   * @return the result; its outcome is {@link Outcome#BOX_LOST} if the box dies or is closed
   *     meanwhile
   * @throws IllegalArgumentException if the command's user, working directory or input file does
   *     not exist in the box, if the command allows more than 1 GiB of output, or if one of its
   *     limits is higher than that of the box's {@link SecurityOptions}
   * @throws IllegalStateException if the box is stopped or closed
   * @throws BoxLostException if the box was lost before
   * @throws BoxliteException if the thread is interrupted, in which case its interrupt status is
   *     set and the command is killed
   */
  ExecResult exec(Command command);

  /**
   * Starts a command and returns when it runs. Its time limit applies as for {@link
   * #exec(Command)}. If the command has no input of its own, it reads what is written to {@link
   * Execution#stdin()}.
   *
   * @param command the command and its limits
   * @return the running command, which the caller closes
   * @throws IllegalArgumentException if the command's user, working directory or input file does
   *     not exist in the box, or if one of its limits is higher than that of the box's {@link
   *     SecurityOptions}
   * @throws IllegalStateException if the box is stopped or closed
   * @throws BoxLostException if the box was lost before
   */
  Execution start(Command command);

  /**
   * Runs a command once for each input, one after the other. Each run has the command's limits and
   * a result of its own. Files that a run writes are there for the next.
   *
   * @param inputs the standard input of each run
   * @return the results in the order of the inputs; fewer if the box was lost, in which case the
   *     last one has {@link Outcome#BOX_LOST}
   * @throws IllegalArgumentException as {@link #exec(Command)}, which also describes the other
   *     exceptions
   */
  default List<ExecResult> execAll(Command command, List<byte[]> inputs) {
    return execAll(inputs.stream().map(command::stdin).toList(), result -> true);
  }

  /**
   * Runs commands one after the other, until a result does not satisfy a condition or the box is
   * lost. To run one command on several texts, create the commands with {@code
   * inputs.stream().map(command::stdin).toList()}.
   *
   * @param goOn whether to continue after a result; called once for each result, in order
   * @return the results in order; the last is the one after which it stopped
   * @throws IllegalArgumentException as {@link #exec(Command)}, which also describes the other
   *     exceptions
   */
  default List<ExecResult> execAll(Iterable<Command> commands, Predicate<? super ExecResult> goOn) {
    List<ExecResult> results = new ArrayList<>();
    for (Command command : commands) {
      ExecResult result = exec(command);
      results.add(result);
      if (!goOn.test(result) || result.outcome() == Outcome.BOX_LOST) {
        break;
      }
    }
    return Collections.unmodifiableList(results);
  }

  /**
   * Runs two commands joined by pipes, as for interactive problems: the standard output of each is
   * the standard input of the other. Waits until both have ended.
   *
   * <p>Each has its own limits, clocks and outcome. When one ends, on its own or by a limit, its
   * ends of the pipes close: the other reads the remaining input and then the end of file, gets
   * SIGPIPE if it writes, and runs on within its limits. The result tells which ended first.
   *
   * <p>The results have the standard error of each, but not its standard output; {@link
   * Command#maxOutputBytes(long)} applies to standard error alone. Programs of the same user can
   * read each other's memory: give an untrusted one a {@link Command#user(String)} of its own.
   *
   * @param first for instance the interactor
   * @param second for instance the submission
   * @throws IllegalArgumentException if a command has a standard input or a terminal of its own, or
   *     merges its streams, or as {@link #exec(Command)}, which also describes the other exceptions
   */
  default JoinResult join(Command first, Command second) {
    return join(first, second, Command.MAX_TIMEOUT);
  }

  /**
   * Runs two commands joined by pipes, as {@link #join(Command, Command)} does, and limits how long
   * one may run on after the other has ended. A command that is killed for that has the outcome
   * {@link Outcome#SIGNALED}, with signal 9. An interactor must reach its verdict in that time.
   *
   * @param timeout how long the remaining command may run; more than zero, at most 7 days
   */
  default JoinResult join(Command first, Command second, Duration timeout) {
    throw new UnsupportedOperationException(getClass().getName() + " has no join()");
  }

  /** Opens a session with the box's {@code sh}; see {@link #shell(Command)}. */
  default BoxShell shell() {
    return shell(Command.of("sh"));
  }

  /**
   * Opens a session with a shell, which keeps its state from one script to the next.
   *
   * @param shell a shell that reads its commands from standard input, such as {@code
   *     Command.of("bash")}. Its limits of wall-clock time and output apply to each script, all
   *     others to the whole session
   * @return the session, which the caller closes
   * @throws IllegalArgumentException if the command has an input or a terminal of its own, or
   *     allows more than 1 GiB of output, or as {@link #start}
   * @throws BoxliteException if the command is not such a shell, or as {@link #start}
   */
  default BoxShell shell(Command shell) {
    throw new UnsupportedOperationException(getClass().getName() + " has no shell()");
  }

  /**
   * Calls the observer with every command that is started from now on, including those of {@link
   * #exec}, as soon as the box has accepted it. The observer runs on the thread that started the
   * command and should return quickly. An exception that it throws ends the command and is thrown
   * to the caller.
   */
  default void onExecution(Consumer<Execution> observer) {
    throw new UnsupportedOperationException(getClass().getName() + " has no onExecution()");
  }

  /** Returns the files of the box. */
  BoxFileSystem files();

  /** Copies into the box; short for {@link BoxFileSystem#copyIn(Path, String)}. */
  default void copyIn(Path source, String target) {
    files().copyIn(source, target);
  }

  /** Copies into the box; short for {@link BoxFileSystem#copyIn(Path, String, FileAttributes)}. */
  default void copyIn(Path source, String target, FileAttributes attributes) {
    files().copyIn(source, target, attributes);
  }

  /** Copies out of the box; short for {@link BoxFileSystem#copyOut}. */
  default void copyOut(String source, Path target) {
    files().copyOut(source, target);
  }

  /** Reads a file of the box; short for {@link BoxFileSystem#read}. */
  default byte[] readFile(String path) {
    return files().read(path);
  }

  /** Writes a file of the box; short for {@link BoxFileSystem#write(String, byte[])}. */
  default void writeFile(String path, byte[] content) {
    files().write(path, content);
  }

  /**
   * Writes a file of the box; short for {@link BoxFileSystem#write(String, byte[],
   * FileAttributes)}.
   */
  default void writeFile(String path, byte[] content, FileAttributes attributes) {
    files().write(path, content, attributes);
  }

  /**
   * Returns what separates the box from this machine.
   *
   * @throws UnsupportedOperationException if its implementation does not know
   */
  default IsolationReport isolation() {
    return info()
        .isolation()
        .orElseThrow(
            () -> new UnsupportedOperationException(getClass().getName() + " has no isolation()"));
  }

  /**
   * Returns the last lines that the guest's kernel and agent wrote to the console; may be empty.
   */
  default String consoleTail() {
    return "";
  }

  /**
   * Copies the box's disk into a file for later inspection: an ext4 file system whose directory
   * {@code upper} holds the changes to the root file system, in the format of overlayfs. The file
   * is sparse; its length is {@link BoxOptions#diskMib()}. {@code debugfs} of e2fsprogs reads it
   * without root.
   *
   * <p>The box's page cache is written back first, by running {@code sync} in the box. If the image
   * has no such program, the latest writes may be missing.
   *
   * @param file the file to create
   * @throws IllegalArgumentException if the file exists
   * @throws IllegalStateException if the box is stopped or closed
   * @throws BoxLostException if the box was lost
   * @throws BoxliteException if the disk cannot be copied, for instance because this machine's disk
   *     is full
   */
  default void saveDisk(Path file) {
    throw new UnsupportedOperationException(getClass().getName() + " has no saveDisk()");
  }

  /**
   * Returns the main command, which {@link BoxOptions.Builder#startCommand(Command)} has started;
   * empty if the box has none. After a {@link #reset()}, call this again. How it ended and what it
   * wrote remains available after {@link #stop()} and {@link #close()}.
   */
  default Optional<MainCommand> mainCommand() {
    throw new UnsupportedOperationException(getClass().getName() + " has no mainCommand()");
  }

  /** Returns the box's network: connections into the box, and what its programs asked for. */
  default GuestNetwork network() {
    throw new UnsupportedOperationException(getClass().getName() + " has no network()");
  }

  /**
   * Ends everything that runs in the box, at once, and starts it again, with only the files and
   * processes of its image and its preparation, and with its main command. The object and the box's
   * id remain valid. A box that was lost is usable again afterwards.
   *
   * @throws BoxStartException if it does not start again, or not in time; it is then lost
   * @throws IllegalStateException if the box is stopped or closed
   */
  default void reset() {
    throw new UnsupportedOperationException(getClass().getName() + " has no reset()");
  }

  /** Stops the box; its main command has 10 s to end. See {@link #stop(Duration)}. */
  default void stop() {
    stop(Duration.ofSeconds(10));
  }

  /**
   * Shuts the box down in order. From now on, it accepts no commands.
   *
   * <p>First, the {@linkplain #mainCommand() main command} is asked to end, as by {@code docker
   * stop}: its main process gets the image's {@code StopSignal}, or SIGTERM if the image names
   * none. When it has ended, or the time is over, everything that still runs is killed and the file
   * systems are written back. A box without a main command does not wait. If this thread is
   * interrupted, the box is stopped at once, and the interrupt status stays set.
   *
   * <p>{@link #info()} and {@link #mainCommand()} remain available; the box's files are deleted by
   * {@link #close()}.
   *
   * @param grace how long the main command may take to end; 0 to 7 days, where 0 does not ask it
   */
  default void stop(Duration grace) {
    throw new UnsupportedOperationException(getClass().getName() + " has no stop()");
  }

  /**
   * Ends the box at once, with everything that runs in it, and deletes its files. Returns when
   * nothing of it is left on this machine. A second call has no effect. To let the main command end
   * by itself, call {@link #stop()} before.
   */
  @Override
  void close();
}

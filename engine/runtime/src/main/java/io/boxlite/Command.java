package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A command to run in a box, with its input and its limits.
 *
 * <p>Immutable: each method returns a modified copy, so a command can be kept and varied.
 *
 * <p>Limits apply to the command's whole process tree. Exceeding one ends the tree, never the box.
 * The {@link SecurityOptions} of a box can set limits for all its commands: a command that lacks
 * one of them gets the limit of the box, and one that exceeds it is refused.
 */
public final class Command {
  /** The default wall-clock limit. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

  /** The default output limit of each stream, in bytes. */
  public static final long DEFAULT_MAX_OUTPUT_BYTES = 8L << 20;

  /** The value of {@link #stackMib(int)} for a stack that only the memory limit bounds. */
  public static final int UNLIMITED_STACK = Integer.MAX_VALUE;

  /** The longest time limit that a command can have. */
  public static final Duration MAX_TIMEOUT = Duration.ofDays(7);

  private static final int MOST_MIB = 1 << 20;
  private static final int MOST_SHOWN = 1000;

  private final CommandValues values;

  private Command(CommandValues values) {
    this.values = values;
  }

  /**
   * Returns a command that runs without a shell.
   *
   * @param argv the program, looked up in the box's {@code PATH} when it has no slash, and its
   *     arguments
   * @throws IllegalArgumentException if there is no program, or an argument has a NUL character
   */
  public static Command of(String... argv) {
    if (argv.length == 0 || argv[0].isEmpty()) {
      throw new IllegalArgumentException(
          "argv is "
              + Arguments.shown(List.of(argv).toString())
              + "; its first element must name a program");
    }
    for (int i = 0; i < argv.length; i++) {
      Arguments.noNul("argv[" + i + "]", argv[i]);
    }
    return new Command(new CommandValues(List.of(argv)));
  }

  /**
   * Sets an environment variable, overriding the box's and the image's variable of that name.
   *
   * @throws IllegalArgumentException if the name is empty or contains {@code =}, or either has a
   *     NUL character
   */
  public Command env(String name, String value) {
    Map<String, String> changed = new LinkedHashMap<>(values.env);
    changed.put(
        Arguments.environmentName(name),
        Arguments.noNul("value of environment variable " + Arguments.shown(name), value));
    return copy(command -> command.env = Collections.unmodifiableMap(changed));
  }

  /**
   * Sets the working directory; by default that of the box, then of the image.
   *
   * @param workingDir an absolute path of a directory that exists in the box
   */
  public Command workingDir(String workingDir) {
    Arguments.absolutePath("workingDir", workingDir);
    return copy(command -> command.workingDir = workingDir);
  }

  /**
   * Sets the user to run as; by default that of the box, then of the image, then root.
   *
   * @param user {@code name}, {@code uid}, {@code name:group} or {@code uid:gid}
   */
  public Command user(String user) {
    Arguments.notBlank("user", user);
    return copy(command -> command.user = user);
  }

  /**
   * Sets the bytes of standard input, which end of file follows; by default standard input is
   * {@code /dev/null}.
   */
  public Command stdin(byte[] stdin) {
    CommandValues.Bytes kept = new CommandValues.Bytes(stdin.clone());
    return copy(command -> command.setStdin(kept, false));
  }

  /** Sets the text of standard input, as UTF-8, which end of file follows. */
  public Command stdin(String stdin) {
    return stdin(stdin.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Feeds a stream to standard input as fast as the program reads it, then end of file. The stream
   * is read only once, so the command can run only once. The engine closes the stream.
   */
  public Command stdin(InputStream stdin) {
    return copy(command -> command.setStdin(() -> stdin, true));
  }

  /**
   * Reads standard input from a file of the box, as {@code < path} does in a shell. It is opened
   * with the permissions of the command's user. It must be a regular file outside of {@code /proc}
   * and {@code /sys}, so that a program cannot replace it with a pipe that never ends.
   *
   * @param path a path in the box, absolute or relative to the command's working directory
   */
  public Command stdinFile(String path) {
    Arguments.noNul("stdinFile", Arguments.notBlank("stdinFile", path));
    return copy(
        command -> {
          command.setStdin(null, false);
          command.stdinFile = path;
        });
  }

  /**
   * Gives the command a terminal; both its output streams then arrive as standard output.
   *
   * <p>Input, including its end, is typed into the terminal: the program first reads a last line
   * without a line break, and every further read returns end of file. A terminal starts in line
   * mode, in which a line has at most 4095 bytes, including its line break; the rest of a longer
   * line is lost. Control characters act as on a keyboard. A program that has left line mode reads
   * the end as the terminal's end-of-file character, {@code ^D} by default.
   *
   * @param rows lines, 1 to 65535
   * @param columns characters per line, 1 to 65535
   */
  public Command tty(int rows, int columns) {
    TtySize size = new TtySize(rows, columns);
    return copy(command -> command.tty = size);
  }

  /**
   * Sends standard error to standard output, as {@code 2>&1} does: standard output then has both in
   * the order in which they were written, and standard error is empty. {@link
   * #maxOutputBytes(long)} applies to both together.
   *
   * <p>A program that buffers its standard output, as most do when it is not a terminal, writes it
   * later than it prints it.
   */
  public Command mergeStderr() {
    return copy(command -> command.mergeStderr = true);
  }

  /**
   * Limits the wall-clock time; 60 seconds by default. The limit does not allow for a busy host: to
   * judge how long a program computes, limit its {@link #cpuTime(Duration)}, and set this limit to
   * several times that.
   *
   * @param timeout more than zero, at most 7 days
   */
  public Command timeout(Duration timeout) {
    Arguments.positive("timeout", timeout, MAX_TIMEOUT);
    return copy(command -> command.timeout = timeout);
  }

  /**
   * Limits the processor time of the whole process tree; unlimited by default. Time for which the
   * box waited for a processor of the host does not count, so a program gets as much processor time
   * on a busy host as on an idle one. The wall-clock limit must leave room for that.
   *
   * @param cpuTime more than zero, at most 7 days
   */
  public Command cpuTime(Duration cpuTime) {
    Arguments.positive("cpuTime", cpuTime, MAX_TIMEOUT);
    return copy(command -> command.cpuTime = cpuTime);
  }

  /**
   * Limits the memory; by default only the box's memory bounds it.
   *
   * <p>Memory counts when it is used, not when it is allocated. An allocation of any size succeeds,
   * and so does a static variable of any size; a program that then uses more than the limit is
   * killed with {@link Outcome#OUT_OF_MEMORY}. Allocations fail only beyond a process's address
   * space of 128 TiB, or beyond a limit that the program has set for itself, as {@code ulimit -v}
   * does.
   *
   * <p>The page cache of files that the program reads or maps counts as well; it is reclaimed when
   * memory is needed. That includes the pages of the program itself: a program that has too little
   * memory for them makes no progress, and is killed with {@link Outcome#OUT_OF_MEMORY} after two
   * seconds of that.
   *
   * <p>Commands that run at the same time in one box share its memory, and the sum of their limits
   * may exceed it. When the box runs out of memory, commands without a limit are killed first, and
   * their page cache is reclaimed first. A command that is nevertheless killed within its limit
   * ends with {@link Outcome#BOX_OUT_OF_MEMORY}, and so does a command without a limit that used at
   * most half of the box's memory.
   *
   * @param memoryMib in MiB, 1 to 1048576
   */
  public Command memoryMib(int memoryMib) {
    Arguments.inRange("memoryMib", memoryMib, 1, MOST_MIB);
    return copy(command -> command.memoryMib = memoryMib);
  }

  /**
   * Sets the stack limit of each process, as {@code RLIMIT_STACK} does; 8 MiB by default, which the
   * program itself may raise. A process that overflows its stack gets SIGSEGV.
   *
   * <p>The stack counts as memory, so the memory limit bounds it as well: with {@link
   * #UNLIMITED_STACK}, infinite recursion ends with {@link Outcome#OUT_OF_MEMORY}. C libraries give
   * each new thread a stack of this size, too, unless the program sets another; when it is
   * unlimited, glibc uses 2 MiB.
   *
   * @param stackMib in MiB, 1 to 1048576, or {@link #UNLIMITED_STACK}
   */
  public Command stackMib(int stackMib) {
    if (stackMib != UNLIMITED_STACK && (stackMib < 1 || stackMib > MOST_MIB)) {
      throw new IllegalArgumentException(
          "stackMib is "
              + stackMib
              + "; it must be from 1 to "
              + MOST_MIB
              + ", or unlimited: Command.UNLIMITED_STACK");
    }
    return copy(command -> command.stackMib = stackMib);
  }

  /**
   * Limits how many processes and threads may exist at once; by default only the box's capacity
   * bounds it.
   *
   * @param maxProcesses 1 to 1048576
   */
  public Command maxProcesses(int maxProcesses) {
    Arguments.inRange("maxProcesses", maxProcesses, 1, 1 << 20);
    return copy(command -> command.maxProcesses = maxProcesses);
  }

  /**
   * Limits the file descriptors of each process, as {@code RLIMIT_NOFILE} does.
   *
   * @param maxOpenFiles 3 to 1048576
   */
  public Command maxOpenFiles(int maxOpenFiles) {
    Arguments.inRange("maxOpenFiles", maxOpenFiles, 3, 1 << 20);
    return copy(command -> command.maxOpenFiles = maxOpenFiles);
  }

  /**
   * Limits the size of each file written, as {@code RLIMIT_FSIZE} does; a process that exceeds it
   * gets SIGXFSZ.
   *
   * @param maxFileSizeMib in MiB, 1 to 1048576
   */
  public Command maxFileSizeMib(int maxFileSizeMib) {
    Arguments.inRange("maxFileSizeMib", maxFileSizeMib, 1, MOST_MIB);
    return copy(command -> command.maxFileSizeMib = maxFileSizeMib);
  }

  /**
   * Limits the output to each stream; 8 MiB by default. {@link LiteBox#exec} keeps up to that much
   * in memory.
   *
   * @param maxOutputBytes in bytes, 1 to {@link Long#MAX_VALUE}
   */
  public Command maxOutputBytes(long maxOutputBytes) {
    Arguments.inRange("maxOutputBytes", maxOutputBytes, 1, Long.MAX_VALUE);
    return copy(command -> command.maxOutputBytes = maxOutputBytes);
  }

  /**
   * Sets what happens when a command writes more than {@link #maxOutputBytes(long)}; {@link
   * OutputKeep#KILL} by default. With the other values the command runs on, and {@link
   * ExecResult#stdoutTruncated()} and {@link ExecResult#stderrTruncated()} tell whether only a part
   * of a stream was kept.
   *
   * <p>{@link OutputKeep#TAIL} applies to the output in a result. A stream that is read while the
   * command runs, {@link Execution#stdout()} or {@link Execution#stderr()}, delivers everything.
   */
  public Command keepOutput(OutputKeep keepOutput) {
    return copy(command -> command.keepOutput = keepOutput);
  }

  /** Appends arguments. */
  public Command withArguments(String... arguments) {
    List<String> all = Stream.concat(values.argv.stream(), Stream.of(arguments)).toList();
    return copy(command -> command.argv = all);
  }

  /** Returns the program and its arguments; never empty. */
  public List<String> argv() {
    return values.argv;
  }

  /** Returns the environment variables that this command sets. */
  public Map<String, String> env() {
    return values.env;
  }

  /** Returns the working directory, if this command sets one. */
  public Optional<String> workingDir() {
    return Optional.ofNullable(values.workingDir);
  }

  /** Returns the user, if this command sets one. */
  public Optional<String> user() {
    return Optional.ofNullable(values.user);
  }

  /** Returns the path in the box that standard input is read from, if this command sets one. */
  public Optional<String> stdinFile() {
    return Optional.ofNullable(values.stdinFile);
  }

  /** Returns whether this command has bytes, a text or a stream for standard input. */
  public boolean hasStdin() {
    return values.stdin != null;
  }

  /** Returns whether the command can run more than once: an input stream can be read only once. */
  boolean isRepeatable() {
    return !values.stdinReadOnce;
  }

  /**
   * Returns the bytes of standard input, if this command has any. Each call returns a new stream
   * that starts at the beginning, except for a command with a {@linkplain #stdin(InputStream)
   * stream}, which is returned itself.
   */
  public Optional<InputStream> openStdin() {
    return Optional.ofNullable(values.stdin).map(Supplier::get);
  }

  /** Returns the terminal, if this command has one. */
  public Optional<TtySize> tty() {
    return Optional.ofNullable(values.tty);
  }

  /** Returns whether standard error is sent to standard output. */
  public boolean mergesStderr() {
    return values.mergeStderr;
  }

  /** Returns the wall-clock limit. */
  public Duration timeout() {
    return values.timeout;
  }

  /** Returns the processor-time limit, if there is one. */
  public Optional<Duration> cpuTime() {
    return Optional.ofNullable(values.cpuTime);
  }

  /** Returns the memory limit in MiB, if there is one. */
  public OptionalInt memoryMib() {
    return limit(values.memoryMib);
  }

  /** Returns the stack limit in MiB, or {@link #UNLIMITED_STACK}, if this command sets one. */
  public OptionalInt stackMib() {
    return limit(values.stackMib);
  }

  /** Returns the limit on the number of processes and threads, if there is one. */
  public OptionalInt maxProcesses() {
    return limit(values.maxProcesses);
  }

  /** Returns the limit on file descriptors per process, if there is one. */
  public OptionalInt maxOpenFiles() {
    return limit(values.maxOpenFiles);
  }

  /** Returns the limit on the size of a file in MiB, if there is one. */
  public OptionalInt maxFileSizeMib() {
    return limit(values.maxFileSizeMib);
  }

  /** Returns the limit on each output stream in bytes. */
  public long maxOutputBytes() {
    return values.maxOutputBytes;
  }

  /** Returns what happens when the command exceeds {@link #maxOutputBytes()}. */
  public OutputKeep keepOutput() {
    return values.keepOutput;
  }

  /**
   * Returns the command line, for messages: arguments with white space are quoted, and long ones
   * are abbreviated.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < values.argv.size(); i++) {
      if (text.length() > MOST_SHOWN) {
        return text.append(" ... (").append(values.argv.size()).append(" arguments)").toString();
      }
      String argument = Arguments.shown(values.argv.get(i));
      boolean plain = !argument.isEmpty() && argument.chars().noneMatch(Character::isWhitespace);
      text.append(i == 0 ? "" : " ").append(plain ? argument : "'" + argument + "'");
    }
    return text.toString();
  }

  /** Compares all values. An input stream equals only itself. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Command command && values.equals(command.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  private static OptionalInt limit(int value) {
    return value == 0 ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private Command copy(Consumer<CommandValues> change) {
    CommandValues changed = new CommandValues(values);
    change.accept(changed);
    return new Command(changed);
  }
}

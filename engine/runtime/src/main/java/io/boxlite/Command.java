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
 * <p>Immutable: each method returns a changed copy, so that a command can be kept and varied.
 *
 * <p>A limit counts for the command's whole process tree. A limit that is hit ends the tree, never
 * the box.
 */
public final class Command {
  /** The wall-clock limit of a command that names none. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

  /** The output limit of each stream of a command that names none, in bytes. */
  public static final long DEFAULT_MAX_OUTPUT_BYTES = 8L << 20;

  /** What {@link #stackMib(int)} takes for a stack that only the memory limit bounds. */
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
   * A command without a shell in between.
   *
   * @param argv the program, looked up in the box's {@code PATH} when it has no slash, and its
   *     arguments
   * @throws IllegalArgumentException when there is no program, or a NUL character in an argument
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
   * Sets an environment variable, over the box's and the image's one of that name.
   *
   * @throws IllegalArgumentException when the name is empty or contains {@code =}, or either has a
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
   * Sets the working directory; the box's, then the image's when absent.
   *
   * @param workingDir an absolute path to a directory that is in the box
   */
  public Command workingDir(String workingDir) {
    Arguments.absolutePath("workingDir", workingDir);
    return copy(command -> command.workingDir = workingDir);
  }

  /**
   * Sets the user to run as; the box's, then the image's, then root when absent.
   *
   * @param user {@code name}, {@code uid}, {@code name:group} or {@code uid:gid}
   */
  public Command user(String user) {
    Arguments.notBlank("user", user);
    return copy(command -> command.user = user);
  }

  /** Feeds these bytes to standard input, then end of file; {@code /dev/null} when absent. */
  public Command stdin(byte[] stdin) {
    CommandValues.Bytes kept = new CommandValues.Bytes(stdin.clone());
    return copy(command -> command.setStdin(kept, false));
  }

  /** Feeds this text, as UTF-8, to standard input, then end of file. */
  public Command stdin(String stdin) {
    return stdin(stdin.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Feeds what the stream gives to standard input, at the pace the program reads it, then end of
   * file. The stream is read once: a command with one can run once. The engine closes it.
   */
  public Command stdin(InputStream stdin) {
    return copy(command -> command.setStdin(() -> stdin, true));
  }

  /**
   * Reads standard input from a file of the box, as {@code < path} does in a shell. It is opened
   * with the permissions of the command's user. It must be a regular file, so that a program cannot
   * replace it by a pipe that never ends, and not one of {@code /proc} or {@code /sys}.
   *
   * @param path a path in the box; one that is not absolute starts at the command's working
   *     directory
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
   * <p>Input is typed into the terminal, and so is its end: the program reads a last line without a
   * line break first, and every further read returns end of file. A terminal starts in line mode,
   * in which a line has at most 4095 bytes, its line break included; the rest of a longer one is
   * lost. Control characters act as on a keyboard. A program that has left line mode reads the end
   * as the terminal's character for it, {@code ^D} by default.
   *
   * @param rows lines, 1 to 65535
   * @param columns characters a line, 1 to 65535
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
   * Limits the wall-clock time; 60 seconds when absent. It runs however busy the host is: to judge
   * how long a program computes, limit its {@link #cpuTime(Duration)}, and let this limit be
   * several times as long.
   *
   * @param timeout more than zero, at most 7 days
   */
  public Command timeout(Duration timeout) {
    Arguments.positive("timeout", timeout, MAX_TIMEOUT);
    return copy(command -> command.timeout = timeout);
  }

  /**
   * Limits the processor time of the whole process tree; no limit when absent. Time for which the
   * box waited for a processor of the host does not count, so a program gets as much processor time
   * on a busy host as on an idle one. Its timeout must leave room for that.
   *
   * @param cpuTime more than zero, at most 7 days
   */
  public Command cpuTime(Duration cpuTime) {
    Arguments.positive("cpuTime", cpuTime, MAX_TIMEOUT);
    return copy(command -> command.cpuTime = cpuTime);
  }

  /**
   * Limits the memory; what the box has when absent.
   *
   * <p>Memory counts when it is used, not when it is allocated. An allocation of any size, a static
   * variable's included, succeeds; a program that then uses more than the limit is killed, with
   * {@link Outcome#OUT_OF_MEMORY}. Allocations fail only beyond a process's address space of 128
   * TiB, or beyond a limit that the program has set for itself, as {@code ulimit -v} does.
   *
   * <p>The page cache of files that the program reads or maps counts as well; it is reclaimed when
   * memory is needed. That includes the pages of the program itself: a program that has too little
   * memory for them makes no progress, and is killed after two seconds of that, with {@link
   * Outcome#OUT_OF_MEMORY}.
   *
   * <p>Commands that run at the same time in one box share its memory, and the sum of their limits
   * may be more than that. When the box runs out of memory, commands without a limit are killed
   * first, and their page cache is reclaimed first. A command that is nevertheless killed within
   * its limit ends with {@link Outcome#BOX_OUT_OF_MEMORY}, and so does one without a limit that had
   * at most half of the box's memory.
   *
   * @param memoryMib in MiB, 1 to 1048576
   */
  public Command memoryMib(int memoryMib) {
    Arguments.inRange("memoryMib", memoryMib, 1, MOST_MIB);
    return copy(command -> command.memoryMib = memoryMib);
  }

  /**
   * Sets the stack limit of each process, as {@code RLIMIT_STACK} does; 8 MiB when absent, which
   * the program may raise by itself. A process that overflows its stack gets SIGSEGV.
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
   * Limits how many processes and threads may exist at once; what the box can carry when absent.
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
   * Limits what may be written to each output stream; 8 MiB when absent. {@link LiteBox#exec} keeps
   * as much in memory.
   *
   * @param maxOutputBytes in bytes, 1 to {@link Long#MAX_VALUE}
   */
  public Command maxOutputBytes(long maxOutputBytes) {
    Arguments.inRange("maxOutputBytes", maxOutputBytes, 1, Long.MAX_VALUE);
    return copy(command -> command.maxOutputBytes = maxOutputBytes);
  }

  /**
   * Sets what happens when a command writes more than {@link #maxOutputBytes(long)}; {@link
   * OutputKeep#KILL} when absent. With the other values the command runs on, and {@link
   * ExecResult#stdoutTruncated()} and {@link ExecResult#stderrTruncated()} tell whether only a part
   * of a stream was kept.
   *
   * <p>{@link OutputKeep#TAIL} applies to the output that a result keeps: a stream that is read
   * while the command runs, {@link Execution#stdout()} or {@link Execution#stderr()}, has all of
   * it.
   */
  public Command keepOutput(OutputKeep keepOutput) {
    return copy(command -> command.keepOutput = keepOutput);
  }

  /** Adds arguments after the ones it has. */
  public Command withArguments(String... arguments) {
    List<String> all = Stream.concat(values.argv.stream(), Stream.of(arguments)).toList();
    return copy(command -> command.argv = all);
  }

  /** The program and its arguments; never empty. */
  public List<String> argv() {
    return values.argv;
  }

  /** The environment variables that this command sets. */
  public Map<String, String> env() {
    return values.env;
  }

  /** The working directory, if this command sets one. */
  public Optional<String> workingDir() {
    return Optional.ofNullable(values.workingDir);
  }

  /** The user, if this command sets one. */
  public Optional<String> user() {
    return Optional.ofNullable(values.user);
  }

  /** The file of the box that standard input is read from, if there is one. */
  public Optional<String> stdinFile() {
    return Optional.ofNullable(values.stdinFile);
  }

  /** Returns whether this command brings bytes for standard input. */
  public boolean hasStdin() {
    return values.stdin != null;
  }

  /** Whether the command can run more than once: an input stream is used up by the first time. */
  boolean isRepeatable() {
    return !values.stdinReadOnce;
  }

  /**
   * Returns the bytes for standard input, if this command brings any: from the beginning with each
   * call, unless they come from a {@linkplain #stdin(InputStream) stream}, which is returned
   * itself.
   */
  public Optional<InputStream> openStdin() {
    return Optional.ofNullable(values.stdin).map(Supplier::get);
  }

  /** The terminal, if this command has one. */
  public Optional<TtySize> tty() {
    return Optional.ofNullable(values.tty);
  }

  /** Whether standard error goes where standard output goes. */
  public boolean mergesStderr() {
    return values.mergeStderr;
  }

  /** The wall-clock limit. */
  public Duration timeout() {
    return values.timeout;
  }

  /** The processor-time limit, if there is one. */
  public Optional<Duration> cpuTime() {
    return Optional.ofNullable(values.cpuTime);
  }

  /** The memory limit in MiB, if there is one. */
  public OptionalInt memoryMib() {
    return limit(values.memoryMib);
  }

  /** The stack limit in MiB, or {@link #UNLIMITED_STACK}, if this command sets one. */
  public OptionalInt stackMib() {
    return limit(values.stackMib);
  }

  /** The limit of processes and threads, if there is one. */
  public OptionalInt maxProcesses() {
    return limit(values.maxProcesses);
  }

  /** The limit of file descriptors a process, if there is one. */
  public OptionalInt maxOpenFiles() {
    return limit(values.maxOpenFiles);
  }

  /** The limit of a file's size in MiB, if there is one. */
  public OptionalInt maxFileSizeMib() {
    return limit(values.maxFileSizeMib);
  }

  /** The limit of each output stream in bytes. */
  public long maxOutputBytes() {
    return values.maxOutputBytes;
  }

  /** What happens when the command writes more than that. */
  public OutputKeep keepOutput() {
    return values.keepOutput;
  }

  /**
   * The command line, for messages: arguments with white space are quoted, and long ones are
   * abbreviated.
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

  /** Compares all values; an input stream equals itself only. */
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

package io.boxlite;

import io.boxlite.internal.guest.BoxFiles;
import io.boxlite.internal.guest.BoxLoss;
import io.boxlite.internal.guest.GuestExec;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.image.RootImage;
import io.boxlite.internal.vm.StartedVm;
import io.boxlite.internal.vm.Vm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A micro-VM of one's own that runs commands; made by {@link Boxlite#create}.
 *
 * <p>All methods may be called by any thread; commands may run at the same time. Whatever a command
 * does, it cannot spoil the box for the next one, except by what it writes to its files.
 */
public final class LiteBox extends BoxFileAccess implements AutoCloseable {
  /** What a guest gets to write its file systems back. */
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  /** What writing back and copying a disk may each take. */
  private static final Duration DISK_TIMEOUT = Duration.ofSeconds(60);

  private final BoxOptions options;
  private final RootImage image;
  private final String id;
  private final Supplier<StartedVm> restart;
  private final String acceleratorReason;
  private final Runnable onClose;
  private final Object resetting = new Object();
  private final CommandDefaults defaults;
  private final AtomicLong executions = new AtomicLong();
  private final List<Consumer<Execution>> observers = new CopyOnWriteArrayList<>();
  private volatile Life life;
  private volatile boolean stopped;

  /** One machine after the other is the box, when it is reset. */
  private record Life(Vm vm, BoxOrigin origin, Duration startTime, Instant startedAt) {}

  LiteBox(
      BoxOptions options,
      RootImage image,
      StartedVm started,
      Supplier<StartedVm> restart,
      String acceleratorReason,
      Duration startTime,
      Runnable onClose) {
    this.options = options;
    this.image = image;
    this.restart = restart;
    this.acceleratorReason = acceleratorReason;
    this.onClose = onClose;
    id = started.vm().id();
    life = new Life(started.vm(), started.origin(), startTime, Instant.now());
    defaults = new CommandDefaults(image.config(), options);
  }

  /** The box's id: 12 hexadecimal digits. */
  public String id() {
    return id;
  }

  /** The name that its options gave it, if they did. */
  public Optional<String> name() {
    return options.name();
  }

  /** What the box is, and how it is at this moment. */
  public BoxInfo info() {
    Life now = life;
    Vm vm = now.vm();
    Optional<BoxLoss> loss = stopped ? Optional.empty() : vm.agent().loss();
    return new BoxInfo(
        id(),
        name(),
        stopped ? BoxState.STOPPED : loss.isPresent() ? BoxState.LOST : BoxState.RUNNING,
        options.image(),
        image.digest(),
        vm.kind().accelerator(),
        acceleratorReason,
        options.cpus(),
        options.memoryMib(),
        options.diskMib(),
        now.origin(),
        now.startedAt(),
        now.startTime(),
        vm.pid(),
        loss.map(BoxLoss::message));
  }

  /**
   * Runs a command with default limits and waits for its end; see {@link #exec(Command)}.
   *
   * @param argv the program and its arguments
   */
  public ExecResult exec(String... argv) {
    return exec(Command.of(argv));
  }

  /**
   * Runs a command and waits for its end, keeping its output in memory.
   *
   * <p>It always ends: by itself, by its time limit, or with its box. A program that does not exist
   * exits with 127, one that cannot be executed with 126, and standard error says why, as with a
   * shell.
   *
   * @param command what to run, and its limits
   * @return what happened; with {@link Outcome#BOX_LOST} when the box dies or is closed meanwhile
   * @throws IllegalArgumentException when the box does not know the command's user, working
   *     directory or input file, or the command allows more than 1 GiB of output
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box has died before
   * @throws BoxliteException when this thread is interrupted, which it then stays; the command is
   *     killed
   */
  public ExecResult exec(Command command) {
    try (Execution execution = launch(command, command.hasStdin())) {
      return execution.await();
    }
  }

  /**
   * Starts a command and returns when it runs. Its time limit counts as for {@link #exec(Command)}.
   * Where the command has no input of its own, {@link Execution#stdin()} is it.
   *
   * @param command what to run, and its limits
   * @return the running command, to be closed
   * @throws IllegalArgumentException when the box does not know the command's user, working
   *     directory or input file
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box has died before
   */
  public Execution start(Command command) {
    Execution execution = launch(command, command.stdinFile().isEmpty());
    try {
      execution.awaitStart();
      return execution;
    } catch (RuntimeException | Error e) {
      execution.close();
      throw e;
    }
  }

  /**
   * Runs a command on one input after the other. Each run has the command's limits and a result of
   * its own. Files that a run writes are there for the next.
   *
   * @param inputs the standard input of each run
   * @return the results in the order of the inputs; fewer when the box was lost, in which case the
   *     last one has {@link Outcome#BOX_LOST}
   * @throws IllegalArgumentException as {@link #exec(Command)}, like all its other exceptions
   */
  public List<ExecResult> execAll(Command command, List<byte[]> inputs) {
    return execAll(inputs.stream().map(command::stdin).toList(), result -> true);
  }

  /**
   * Runs commands one after the other, until a result does not satisfy a condition or the box is
   * lost. To run one command on inputs that are text, make the commands with {@code
   * inputs.stream().map(command::stdin).toList()}.
   *
   * @param goOn whether to go on after a result; called once for each result, in order
   * @return the results in order; the last is the one after which it stopped
   * @throws IllegalArgumentException as {@link #exec(Command)}, like all its other exceptions
   */
  public List<ExecResult> execAll(Iterable<Command> commands, Predicate<? super ExecResult> goOn) {
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
   * Runs two commands joined by pipes, as interactive problems need it: the standard output of each
   * is the standard input of the other. Waits until both have ended.
   *
   * <p>Each has its own limits, clocks and outcome. When one ends, by itself or by a limit, its
   * ends of the pipes close: the other reads what is left and then the end of file, gets SIGPIPE
   * when it writes, and runs on within its limits. The result tells which ended first.
   *
   * <p>The results have the standard error of each, not its standard output; {@link
   * Command#maxOutputBytes(long)} applies to standard error alone. Programs of the same user can
   * read each other's memory: give the one that is not trusted a {@link Command#user(String)} of
   * its own.
   *
   * @param first for instance the interactor
   * @param second for instance the submission
   * @throws IllegalArgumentException when a command has a standard input or a terminal of its own,
   *     or merges its streams, or as {@link #exec(Command)}, whose other exceptions are thrown, too
   */
  public JoinResult join(Command first, Command second) {
    return join(first, second, Command.LONGEST);
  }

  /**
   * Runs two commands joined by pipes, as {@link #join(Command, Command)} does, and bounds how long
   * one may run on after the other has ended. A command that is killed for that has the outcome
   * {@link Outcome#SIGNALED}, with signal 9. An interactor must reach its verdict in that time.
   *
   * @param timeout how long the one may run on; more than zero, at most 7 days
   */
  public JoinResult join(Command first, Command second, Duration timeout) {
    return Join.run(
        first, second, timeout, (command, token) -> launch(command, start(command, token)));
  }

  /** Opens a session with the box's {@code sh}; see {@link #shell(Command)}. */
  public BoxShell shell() {
    return shell(Command.of("sh"));
  }

  /**
   * Opens a session with a shell, which keeps its state from one script to the next.
   *
   * @param shell a shell that reads its commands from standard input, such as {@code
   *     Command.of("bash")}. Its limits of wall-clock time and output apply to each script, all
   *     others to the session as a whole
   * @return the session, to be closed
   * @throws IllegalArgumentException when the command has an input or a terminal of its own, or
   *     allows more than 1 GiB of output, or as {@link #start}
   * @throws BoxliteException when the command is not such a shell, or as {@link #start}
   */
  public BoxShell shell(Command shell) {
    return BoxShell.open(this, shell);
  }

  /**
   * Calls the observer with every command from now on, those of {@link #exec} included, when it has
   * been given to the box. It is called by the thread that gave it, which it should not hold up;
   * what it throws goes to the caller, and ends the command.
   */
  public void onExecution(Consumer<Execution> observer) {
    observers.add(observer);
  }

  /** The last lines that the guest's kernel and agent wrote to the console; may be empty. */
  public String consoleTail() {
    return life.vm().consoleTail();
  }

  /**
   * Copies the box's disk into a file, for a later look: an ext4 file system whose directory {@code
   * upper} holds what was changed in the root file system, in the form of overlayfs. The file is as
   * large as {@link BoxOptions#diskMib()}, but takes the space of its content only. {@code debugfs}
   * of e2fsprogs reads it without root.
   *
   * <p>What commands have written a moment ago is written back by running {@code sync} in the box;
   * in an image that has no such program, it may not be there.
   *
   * @param file the file to make
   * @throws IllegalArgumentException when the file exists
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box has died
   * @throws BoxliteException when it cannot be copied, such as to a full disk
   */
  public void saveDisk(Path file) {
    if (Files.exists(file)) {
      throw new IllegalArgumentException("file is " + file + "; it must not exist yet");
    }
    exec(Command.of("sync").user("0").workingDir("/").timeout(DISK_TIMEOUT));
    life.vm().saveDisk(file.toAbsolutePath(), DISK_TIMEOUT);
  }

  /**
   * Ends all that runs in the box and starts it over, as new: with the files and processes of its
   * image and its preparation alone. It stays the same box for all who hold it. Also a box that was
   * lost is well again afterwards.
   *
   * @throws BoxStartException when it does not start again, or not in time; it is lost then
   * @throws IllegalStateException when the box is stopped or closed
   */
  public void reset() {
    synchronized (resetting) {
      requireUsable();
      life.vm().close(); // first, so that never more than the memory of one is needed
      long begin = System.nanoTime();
      StartedVm fresh = restart.get();
      Life next =
          new Life(
              fresh.vm(),
              fresh.origin(),
              Duration.ofNanos(System.nanoTime() - begin),
              Instant.now());
      if (!goOn(next)) {
        fresh.vm().close();
        requireUsable();
      }
    }
  }

  /**
   * Ends all commands and shuts the box down in order. Its {@link #info()} stays; everything that
   * it wrote is gone with {@link #close()}.
   */
  public void stop() {
    markStopped();
    life.vm().stop(STOP_TIMEOUT);
  }

  /**
   * Ends the box at once, with all that runs in it, and forgets it. Returns when nothing of it is
   * left on this machine. A second call does nothing.
   */
  @Override
  public void close() {
    markStopped();
    try {
      life.vm().close();
    } finally {
      onClose.run();
    }
  }

  @Override
  public String toString() {
    return "box " + id() + name().map(name -> " (" + name + ")").orElse("");
  }

  private ExecStart start(Command command, String joinToken) {
    return defaults.complete(command, false).toBuilder().setJoinToken(joinToken).build();
  }

  private Execution launch(Command command, boolean stdinOpen) {
    return launch(command, defaults.complete(command, stdinOpen));
  }

  private Execution launch(Command command, ExecStart start) {
    requireUsable();
    GuestExec exec;
    try {
      exec = life.vm().agent().exec(start);
    } catch (BoxLostException e) {
      requireUsable(); // closed at this very moment
      throw e;
    }
    Execution execution = new Execution(id() + "." + executions.incrementAndGet(), command, exec);
    try {
      observers.forEach(observer -> observer.accept(execution));
      return execution;
    } catch (RuntimeException | Error e) {
      exec.close(); // it may not even run yet, so there is no end to wait for
      throw e;
    }
  }

  private synchronized void markStopped() {
    stopped = true;
  }

  /** False when the box was stopped meanwhile. */
  private synchronized boolean goOn(Life next) {
    if (!stopped) {
      life = next;
    }
    return !stopped;
  }

  @Override
  void onFiles(Consumer<BoxFiles> work) {
    requireUsable();
    try {
      work.accept(life.vm().agent().files());
    } catch (BoxLostException e) {
      requireUsable(); // closed at this very moment
      throw e;
    }
  }

  @Override
  long most() {
    long mib = (long) options.diskMib() + options.memoryMib();
    return (mib << 20) + image.file().toFile().length();
  }

  private void requireUsable() {
    if (stopped) {
      throw new IllegalStateException(this + " is stopped; create another one");
    }
  }
}

package io.boxlite;

import io.boxlite.internal.guest.BoxFiles;
import io.boxlite.internal.guest.BoxLoss;
import io.boxlite.internal.guest.GuestExec;
import io.boxlite.internal.image.RootImage;
import io.boxlite.internal.vm.StartedVm;
import io.boxlite.internal.vm.Vm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A micro-VM of one's own that runs commands; made by {@link Boxlite#create}.
 *
 * <p>All methods may be called by any thread; commands may run at the same time. Whatever a command
 * does, it cannot spoil the box for the next one, except by what it writes to its files.
 */
public final class LiteBox implements AutoCloseable {
  /** What a guest gets to write its file systems back. */
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

  /** What writing back and copying a disk may each take. */
  private static final Duration DISK_PATIENCE = Duration.ofSeconds(60);

  /** What {@link #readFile} reads at most, in bytes: it is kept in memory. */
  public static final int LONGEST_READ = 64 << 20;

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
   * @throws IllegalArgumentException when the box does not know the command's user or working
   *     directory, or the command allows more than 1 GiB of output
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
   * @throws IllegalArgumentException when the box does not know the command's user or working
   *     directory
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box has died before
   */
  public Execution start(Command command) {
    Execution execution = launch(command, true);
    try {
      execution.awaitStart();
      return execution;
    } catch (RuntimeException | Error e) {
      execution.close();
      throw e;
    }
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
   * Copies the box's disk into a file, for a later look: an ext4 file system whose folder {@code
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
    exec(Command.of("sync").user("0").workingDir("/").timeout(DISK_PATIENCE));
    life.vm().saveDisk(file.toAbsolutePath(), DISK_PATIENCE);
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
   * Copies a file, or a directory with all below it, into the box.
   *
   * <p>Modes are kept, symbolic links stay links; everything belongs to root. The source itself may
   * be a link, which is followed. A directory that is in the box already is added to and keeps its
   * mode; files in it that are copied anew are replaced. Sockets, pipes and devices are left out.
   * When it fails, what was copied until then stays.
   *
   * @param source a file or directory of this machine
   * @param target an absolute path in the box: what the source becomes, or, when it ends with
   *     {@code /}, the directory it is put into. Directories that are missing above it are made
   * @throws IllegalArgumentException when the target is not an absolute path
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box is or gets lost
   * @throws BoxliteException when the source cannot be read, the box has no room for it, something
   *     of another kind is in its place, or this thread is interrupted, which it then stays
   */
  public void copyIn(Path source, String target) {
    Arguments.absolutePath("target", target);
    Path name = source.toAbsolutePath().normalize().getFileName();
    String place = target.endsWith("/") && name != null ? target + name : target;
    onFiles(files -> files.copyIn(source, place));
  }

  /**
   * Copies a file, or a directory with all below it, out of the box.
   *
   * <p>Permissions are kept, symbolic links stay links, wherever they lead; they are not followed,
   * so nothing is written but the target and what is below it. The source itself may be a link,
   * which is followed inside the box. A directory that is there already is added to. Sockets, pipes
   * and devices are left out, and so is what is mounted below the source, like {@code /proc}. More
   * than disk, memory and image of the box can hold is refused; a file with holes counts with its
   * whole length. When it fails, what was copied until then stays.
   *
   * @param source an absolute path in the box
   * @param target what the source becomes on this machine; directories that are missing above it
   *     are made
   * @throws IllegalArgumentException when the source is not an absolute path
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box is or gets lost
   * @throws BoxliteException when the source does not exist or is too large, the target cannot be
   *     written, or this thread is interrupted, which it then stays
   */
  public void copyOut(String source, Path target) {
    Arguments.absolutePath("source", source);
    onFiles(files -> files.copyOut(source, target, most()));
  }

  /**
   * Reads a file of the box; one of {@code /proc} will do.
   *
   * @param path an absolute path in the box; links are followed
   * @return its content, at most {@value #LONGEST_READ} bytes
   * @throws IllegalArgumentException when the path is not absolute
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box is or gets lost
   * @throws BoxliteException when there is no such file, or it is longer, or this thread is
   *     interrupted, which it then stays
   */
  public byte[] readFile(String path) {
    Arguments.absolutePath("path", path);
    byte[][] content = new byte[1][];
    onFiles(files -> content[0] = files.read(path, LONGEST_READ));
    return content[0];
  }

  /**
   * Writes a file of the box. One that exists gets new content and keeps its mode and owner; a new
   * one belongs to root and may be read by all. Directories that are missing above it are made.
   *
   * @param path an absolute path in the box; links are followed
   * @throws IllegalArgumentException when the path is not absolute
   * @throws IllegalStateException when the box is stopped or closed
   * @throws BoxLostException when the box is or gets lost
   * @throws BoxliteException when the box has no room for it, or it is no file, or this thread is
   *     interrupted, which it then stays
   */
  public void writeFile(String path, byte[] content) {
    Arguments.absolutePath("path", path);
    onFiles(files -> files.write(path, content));
  }

  /**
   * Ends all commands and shuts the box down in order. Its {@link #info()} stays; everything that
   * it wrote is gone with {@link #close()}.
   */
  public void stop() {
    markStopped();
    life.vm().stop(STOP_PATIENCE);
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

  private Execution launch(Command command, boolean stdinOpen) {
    requireUsable();
    GuestExec exec;
    try {
      exec = life.vm().agent().exec(defaults.complete(command, stdinOpen));
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

  private void onFiles(Consumer<BoxFiles> work) {
    requireUsable();
    try {
      work.accept(life.vm().agent().files());
    } catch (BoxLostException e) {
      requireUsable(); // closed at this very moment
      throw e;
    }
  }

  private long most() {
    long mib = (long) options.diskMib() + options.memoryMib();
    return (mib << 20) + image.file().toFile().length();
  }

  private void requireUsable() {
    if (stopped) {
      throw new IllegalStateException(this + " is stopped; create another one");
    }
  }
}

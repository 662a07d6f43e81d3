package io.boxlite.internal.host;

import com.sun.jna.LastErrorException;
import io.boxlite.BoxliteException;
import io.boxlite.HypervisorUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A child process that cannot outlive this JVM, however the JVM ends, {@code kill -9} included.
 *
 * <p>The kernel enforces this: PR_SET_PDEATHSIG of prctl(2), set by {@code setpriv}, kills the
 * process when the <em>thread</em> that started it ends. Each process therefore has its own thread,
 * which starts it, reads its output and waits for its exit.
 *
 * <p>The process has no capabilities and cannot gain any (capabilities(7)), even where this JVM
 * runs as root: execve(2) grants root the capabilities of the bounding set, so the set is emptied
 * first.
 */
public final class ChildProcess implements AutoCloseable {
  /**
   * Runs after the parent-death signal is set and before the program. If the JVM died earlier, it
   * is no longer the parent, and the signal will never be sent.
   */
  private static final String RUN_WHILE_PARENT_LIVES =
      "[ \"$PPID\" = \"$0\" ] || exit 125; exec \"$@\"";

  private static final Path NO_INPUT = Path.of("/dev/null");
  private static final int TAIL_BYTES = 4096;
  private static final int WHOLE_BYTES = 64 << 10;

  /**
   * How long to wait for the end of the output after the process has ended, because a descendant
   * may hold the pipe open.
   */
  private static final long OUTPUT_END_SECONDS = 2;

  private static final long REAP_SECONDS = 10;

  /** How long a supervisor may take to end after its program. */
  private static final long SUPERVISOR_SECONDS = 2;

  private final String boxId;
  private final OutputTail output;
  private final Process process;
  private final @Nullable OnlyChild program;
  private final ProcessIdentity identity;
  private final CompletableFuture<Integer> exit;

  /** Starts a process. */
  @FunctionalInterface
  public interface Starter {
    /** Starts the process, with standard error going to its standard output. */
    Process start() throws IOException;
  }

  private ChildProcess(
      String boxId,
      OutputTail output,
      Process process,
      @Nullable OnlyChild program,
      ProcessIdentity identity,
      CompletableFuture<Integer> exit) {
    this.boxId = boxId;
    this.output = output;
    this.process = process;
    this.program = program;
    this.identity = identity;
    this.exit = exit;
  }

  /**
   * Starts a program with an empty standard input, as {@link #start(String, List, Path, Path)}
   * does.
   */
  public static ChildProcess start(String boxId, List<String> argv, Path workingDirectory) {
    return start(boxId, argv, workingDirectory, NO_INPUT);
  }

  /**
   * Starts a program. It inherits no open files, and of the environment only {@code PATH}; {@code
   * TMPDIR} is its working directory.
   *
   * @param boxId the box that the process belongs to, for the thread's name and for messages
   * @param argv the program and its arguments
   * @param workingDirectory the working directory
   * @param input the file to use as standard input
   * @throws HypervisorUnavailableException when {@code setpriv} is missing
   * @throws BoxliteException when the process cannot be started
   */
  public static ChildProcess start(
      String boxId, List<String> argv, Path workingDirectory, Path input) {
    return start(boxId, argv.get(0), false, () -> spawn(argv, workingDirectory, input));
  }

  /**
   * Starts a program as the child of a supervisor, which ends with the exit code of its child when
   * that has ended, and kills it when this JVM ends.
   *
   * @param boxId the box that the process belongs to, for the thread's name and for messages
   * @param supervisor the name of the supervisor, for messages
   * @param starter starts the supervisor, on the thread with whose end it must end
   * @throws BoxliteException when the process cannot be started
   */
  public static ChildProcess supervised(String boxId, String supervisor, Starter starter) {
    return start(boxId, supervisor, true, starter);
  }

  private static ChildProcess start(
      String boxId, String program, boolean supervised, Starter starter) {
    CompletableFuture<ChildProcess> started = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> startAndAwait(boxId, supervised, starter, started),
            "boxlite-" + boxId + "-process");
    thread.setDaemon(true);
    thread.start();
    try {
      // get() of a completed future returns its value even to an interrupted thread.
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return started.get();
    } catch (InterruptedException e) {
      end(started);
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while starting the process of box " + boxId, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BoxliteException known) {
        throw known;
      }
      throw new BoxliteException(
          "cannot start " + program + " for box " + boxId + ": " + e.getCause(), e.getCause());
    }
  }

  /** Ends a process whose caller was interrupted. The caller deletes its files next. */
  private static void end(CompletableFuture<ChildProcess> started) {
    try {
      started.join().close();
    } catch (CompletionException e) {
      // It was not started.
    }
  }

  private static void startAndAwait(
      String boxId, boolean supervised, Starter starter, CompletableFuture<ChildProcess> started) {
    Process process;
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    OutputTail output = new OutputTail();
    try {
      process = starter.start();
      // A process that has ended is not reaped before waitFor, but its entry in /proc may be
      // incomplete.
      ProcessIdentity identity =
          ProcessIdentity.of(process.pid()).orElse(new ProcessIdentity(process.pid(), 0));
      started.complete(
          new ChildProcess(
              boxId, output, process, supervised ? new OnlyChild(process) : null, identity, exit));
    } catch (IOException | RuntimeException | Error e) {
      started.completeExceptionally(e);
      return;
    }
    // The output may end much later than the process, since a descendant may hold the pipe open.
    process
        .onExit()
        .thenAccept(
            dead -> exit.completeOnTimeout(dead.exitValue(), OUTPUT_END_SECONDS, TimeUnit.SECONDS));
    output.readAll(process.getInputStream());
    while (true) {
      try {
        exit.complete(process.waitFor());
        return;
      } catch (InterruptedException e) {
        // This thread must live as long as the process does.
      }
    }
  }

  private static Process spawn(List<String> argv, Path workingDirectory, Path input)
      throws IOException {
    List<String> guarded =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--pdeathsig",
                "KILL",
                "--no-new-privs",
                "--inh-caps=-all",
                "--ambient-caps=-all"));
    if (Privileges.ofThisProcess().maySetBoundingSet()) {
      guarded.add("--bounding-set=-all");
    }
    guarded.addAll(
        List.of(
            "/bin/sh", "-c", RUN_WHILE_PARENT_LIVES, Long.toString(ProcessHandle.current().pid())));
    guarded.addAll(argv);
    ProcessBuilder builder =
        new ProcessBuilder(guarded)
            .directory(workingDirectory.toFile())
            .redirectInput(input.toFile())
            .redirectErrorStream(true);
    String path = System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.putAll(Map.of("PATH", path, "LC_ALL", "C", "TMPDIR", workingDirectory.toString()));
    try {
      return builder.start();
    } catch (IOException e) {
      if (ExecutablePath.find("setpriv").isEmpty()) {
        throw new HypervisorUnavailableException(
            "the program setpriv is missing from the search path "
                + path
                + "; install it with: "
                + PackageManager.ofThisMachine().installSetpriv(),
            e);
      }
      throw e;
    }
  }

  /** Returns the identity of the process, by which other JVMs can find it. */
  public ProcessIdentity identity() {
    return identity;
  }

  /**
   * Returns the id of the process that runs the program. For a supervised program it is that of the
   * supervisor until the program has been started.
   */
  public long programPid() {
    return program == null ? process.pid() : program.pid().orElse(process.pid());
  }

  /** Returns whether the process is running. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Returns a future that completes with the exit code when the process has ended and was reaped.
   * The code is 128 plus the signal's number when a signal ended the process, and 127 when the
   * program does not exist.
   */
  public CompletableFuture<Integer> onExit() {
    return exit.copy();
  }

  /** Returns the exit code as in {@link #onExit}; empty while the process runs. */
  public OptionalInt exitCode() {
    return exit.isDone() ? OptionalInt.of(exit.join()) : OptionalInt.empty();
  }

  /**
   * Returns the last 4 KiB of standard output and standard error as text that is safe to print. If
   * more was written, the text begins at the start of a line.
   */
  public String outputTail() {
    return output.text(TAIL_BYTES);
  }

  /** Returns the last 64 KiB of output, otherwise like {@link #outputTail}. */
  public String output() {
    return output.text(WHOLE_BYTES);
  }

  /** Kills the process; does nothing when it has ended. */
  public void kill() {
    // A supervisor ends by itself when its program has ended, which it reaps first.
    if (program == null || !program.kill()) {
      killProcess();
    }
  }

  /**
   * Kills the process itself. The JDK first reads in /proc whether it is still the same process,
   * which fails when this JVM can open no more files. It is the same: it has not been reaped.
   */
  private void killProcess() {
    if (process.toHandle().destroyForcibly() || !process.isAlive()) {
      return;
    }
    try {
      LibC.get().kill((int) process.pid(), LibC.SIGKILL);
    } catch (LastErrorException e) {
      // It has ended meanwhile; close() notices if not.
    }
  }

  private @Nullable Integer killSupervisor(Throwable timeout) {
    killProcess();
    return null;
  }

  /**
   * Kills the process if it is still running and waits until it has ended.
   *
   * @throws BoxliteException when it still exists 10 s later
   */
  @Override
  public void close() {
    kill();
    boolean interrupted = Thread.interrupted();
    Deadline deadline = Deadline.in(Duration.ofSeconds(REAP_SECONDS));
    // Unless the program was started by the supervisor just after it was looked for.
    exit.copy().orTimeout(SUPERVISOR_SECONDS, TimeUnit.SECONDS).exceptionally(this::killSupervisor);
    try {
      while (true) {
        try {
          exit.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException | ExecutionException e) {
          throw new BoxliteException(
              "process "
                  + identity.pid()
                  + " of box "
                  + boxId
                  + " still exists "
                  + REAP_SECONDS
                  + " s after it was killed; `cat /proc/"
                  + identity.pid()
                  + "/stack` shows what it waits for",
              e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

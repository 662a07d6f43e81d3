package io.boxlite.internal.host;

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

/**
 * A process that cannot outlive this JVM, however the JVM ends, {@code kill -9} included.
 *
 * <p>The kernel sees to it: PR_SET_PDEATHSIG of prctl(2), set by {@code setpriv}, kills the process
 * when the <em>thread</em> that started it ends. So each process has a thread of its own, which
 * starts it, reads what it writes and then waits for it.
 *
 * <p>It has no capabilities and can get none (capabilities(7)), also where this JVM is root's: root
 * gets back at each execve(2) what is in the bounding set, so that is emptied first.
 */
public final class ChildProcess implements AutoCloseable {
  /**
   * Runs between the order for the death signal and the program. A JVM that died before the order
   * is no longer the parent, and no signal will come.
   */
  private static final String RUN_WHILE_PARENT_LIVES =
      "[ \"$PPID\" = \"$0\" ] || exit 125; exec \"$@\"";

  private static final Path NO_INPUT = Path.of("/dev/null");
  private static final int TAIL_BYTES = 4096;
  private static final int WHOLE_BYTES = 64 << 10;

  /** How long a process that has ended may be outlived by others that still hold its output. */
  private static final long LAST_WORDS_SECONDS = 2;

  private static final long REAP_SECONDS = 10;

  private final String boxId;
  private final OutputTail output;
  private final Process process;
  private final ProcessIdentity identity;
  private final CompletableFuture<Integer> exit;

  private ChildProcess(
      String boxId,
      OutputTail output,
      Process process,
      ProcessIdentity identity,
      CompletableFuture<Integer> exit) {
    this.boxId = boxId;
    this.output = output;
    this.process = process;
    this.identity = identity;
    this.exit = exit;
  }

  /** Starts a program with an empty standard input; otherwise as the other method of this name. */
  public static ChildProcess start(String boxId, List<String> argv, Path workingDirectory) {
    return start(boxId, argv, workingDirectory, NO_INPUT);
  }

  /**
   * Starts a program. It inherits no open file and no environment but the search path; {@code
   * TMPDIR} is its working directory.
   *
   * @param boxId the box that the process belongs to, for names and messages
   * @param argv the program and its arguments
   * @param workingDirectory where it runs
   * @param input the file that is its standard input
   * @throws HypervisorUnavailableException when {@code setpriv} is missing
   * @throws BoxliteException when no process can be started
   */
  public static ChildProcess start(
      String boxId, List<String> argv, Path workingDirectory, Path input) {
    CompletableFuture<ChildProcess> started = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> startAndAwait(boxId, argv, workingDirectory, input, started),
            "boxlite-" + boxId + "-process");
    thread.setDaemon(true);
    thread.start();
    try {
      // A future that is complete already would give its value to an interrupted thread.
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
          "cannot start " + argv.get(0) + " for box " + boxId + ": " + e.getCause(), e.getCause());
    }
  }

  /** Ends a process that nobody will have. Its caller deletes its files next: it must be gone. */
  private static void end(CompletableFuture<ChildProcess> started) {
    try {
      started.join().close();
    } catch (CompletionException e) {
      // It has not started.
    }
  }

  private static void startAndAwait(
      String boxId,
      List<String> argv,
      Path workingDirectory,
      Path input,
      CompletableFuture<ChildProcess> started) {
    Process process;
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    OutputTail output = new OutputTail();
    try {
      process = spawn(argv, workingDirectory, input);
      // A process that ended already is not reaped before waitFor, but its entry may say little.
      ProcessIdentity identity =
          ProcessIdentity.of(process.pid()).orElse(new ProcessIdentity(process.pid(), 0));
      started.complete(new ChildProcess(boxId, output, process, identity, exit));
    } catch (IOException | RuntimeException | Error e) {
      started.completeExceptionally(e);
      return;
    }
    // The end of its output may be long in coming: whatever it has started may hold it.
    process
        .onExit()
        .thenAccept(
            dead -> exit.completeOnTimeout(dead.exitValue(), LAST_WORDS_SECONDS, TimeUnit.SECONDS));
    output.readAll(process.getInputStream());
    while (true) {
      try {
        exit.complete(process.waitFor());
        return;
      } catch (InterruptedException e) {
        // Whoever interrupts, this thread must live as long as the process does.
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

  /** Which process it is, also for other JVMs. */
  public ProcessIdentity identity() {
    return identity;
  }

  /** Whether it still runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Completes when the process has ended and was waited for, with its exit code: 128 and the
   * signal's number when a signal ended it, 127 when the program does not exist.
   */
  public CompletableFuture<Integer> onExit() {
    return exit.copy();
  }

  /** The exit code as {@link #onExit} tells it; empty while the process runs. */
  public OptionalInt exitCode() {
    return exit.isDone() ? OptionalInt.of(exit.join()) : OptionalInt.empty();
  }

  /**
   * The end of what the process wrote to its standard output and standard error, at most 4 KiB, as
   * text that is safe to print; where more was written, from the start of a line.
   */
  public String outputTail() {
    return output.text(TAIL_BYTES);
  }

  /** What it wrote, whole up to 64 KiB, otherwise as {@link #outputTail}. */
  public String output() {
    return output.text(WHOLE_BYTES);
  }

  /** Kills the process at once; harmless when it has ended. */
  public void kill() {
    process.destroyForcibly();
  }

  /**
   * Kills the process if it still runs and waits until it is gone.
   *
   * @throws BoxliteException when the kernel has not let it go after 10 s
   */
  @Override
  public void close() {
    kill();
    boolean interrupted = Thread.interrupted();
    Deadline deadline = Deadline.in(Duration.ofSeconds(REAP_SECONDS));
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
                  + " is still there "
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

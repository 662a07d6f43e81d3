package io.boxlite.internal.host;

import io.boxlite.BoxliteException;
import io.boxlite.HypervisorUnavailableException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
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
 * starts it and then waits for it.
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
  private static final long REAP_SECONDS = 10;

  private final String boxId;
  private final Path output;
  private final Process process;
  private final ProcessIdentity identity;
  private final CompletableFuture<Integer> exit;

  private ChildProcess(
      String boxId,
      Path output,
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
  public static ChildProcess start(
      String boxId, List<String> argv, Path workingDirectory, Path output) {
    return start(boxId, argv, workingDirectory, NO_INPUT, output);
  }

  /**
   * Starts a program. It inherits no open file and no environment but the search path; {@code
   * TMPDIR} is its working directory.
   *
   * @param boxId the box that the process belongs to, for names and messages
   * @param argv the program and its arguments
   * @param workingDirectory where it runs
   * @param input the file that is its standard input
   * @param output the file that gets its standard output and standard error; overwritten
   * @throws HypervisorUnavailableException when {@code setpriv} is missing
   * @throws BoxliteException when no process can be started
   */
  public static ChildProcess start(
      String boxId, List<String> argv, Path workingDirectory, Path input, Path output) {
    CompletableFuture<ChildProcess> started = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> startAndAwait(boxId, argv, workingDirectory, input, output, started),
            "boxlite-" + boxId + "-process");
    thread.setDaemon(true);
    thread.start();
    try {
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
      Path output,
      CompletableFuture<ChildProcess> started) {
    Process process;
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    try {
      process = spawn(argv, workingDirectory, input, output);
      // A process that ended already is not reaped before waitFor, but its entry may say little.
      ProcessIdentity identity =
          ProcessIdentity.of(process.pid()).orElse(new ProcessIdentity(process.pid(), 0));
      started.complete(new ChildProcess(boxId, output, process, identity, exit));
    } catch (IOException | RuntimeException | Error e) {
      started.completeExceptionally(e);
      return;
    }
    while (true) {
      try {
        exit.complete(process.waitFor());
        return;
      } catch (InterruptedException e) {
        // Whoever interrupts, this thread must live as long as the process does.
      }
    }
  }

  private static Process spawn(List<String> argv, Path workingDirectory, Path input, Path output)
      throws IOException {
    List<String> guarded =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--pdeathsig",
                "KILL",
                "/bin/sh",
                "-c",
                RUN_WHILE_PARENT_LIVES,
                Long.toString(ProcessHandle.current().pid())));
    guarded.addAll(argv);
    ProcessBuilder builder =
        new ProcessBuilder(guarded)
            .directory(workingDirectory.toFile())
            .redirectInput(input.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
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

  /** The end of what the process wrote to its standard output and standard error, at most 4 KiB. */
  public String outputTail() {
    return tail(output);
  }

  /**
   * The end of a file that another process writes, at most 4 KiB, from the start of a line; empty
   * when there is no such file.
   */
  public static String tail(Path file) {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      long skipped = Math.max(0, in.length() - TAIL_BYTES);
      in.seek(skipped);
      byte[] bytes = new byte[TAIL_BYTES];
      int length = Math.max(0, in.read(bytes));
      String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
      int firstLine = skipped == 0 ? 0 : text.indexOf('\n') + 1;
      return text.substring(firstLine).stripTrailing();
    } catch (IOException e) {
      return "";
    }
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

package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.guest.Hindrance;
import io.boxlite.internal.host.ChildProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running QEMU with its console, its monitor and the directory it runs in, all of which it owns.
 */
public final class QemuProcess implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(QemuProcess.class);

  /** The standard input of a QEMU that takes none. */
  public static final Path NO_INPUT = Path.of("/dev/null");

  private final BoxDirectory directory;
  private final AutoCloseable source;
  private final Console console;
  private final QmpClient qmp;
  private final ChildProcess process;
  private final QemuEvents events;
  private final CompletableFuture<QemuExit> exit;
  private final VcpuThreads vcpus;
  private final Hindrance hindrance;
  private volatile boolean ended; // by us

  private QemuProcess(
      BoxDirectory directory,
      AutoCloseable source,
      Console console,
      QmpClient qmp,
      ChildProcess process,
      QemuEvents events,
      Runnable onEnd) {
    this.directory = directory;
    this.source = source;
    this.console = console;
    this.qmp = qmp;
    this.process = process;
    this.events = events;
    vcpus = new VcpuThreads(process.identity().pid());
    hindrance = new QemuHindrance(process.identity().pid(), vcpus);
    exit =
        process
            .onExit()
            .thenApply(
                code -> {
                  console.drain();
                  qmp.drain();
                  try {
                    onEnd.run();
                  } catch (RuntimeException e) {
                    log.warn("what is to follow the end of box {} failed", directory.path(), e);
                  }
                  return new QemuExit(code, ended, events.shutdownReason(), process.outputTail());
                });
  }

  /**
   * Starts QEMU in a box's directory.
   *
   * @param directory where it runs; it is closed with the process, and also when this fails
   * @param commandLine the program and its arguments
   * @param input the file that is its standard input
   * @param source what it uses of others' files; closed as the directory is
   * @param onEnd runs when the process has ended, however it ends, before anybody is told
   */
  public static QemuProcess start(
      String box,
      BoxDirectory directory,
      List<String> commandLine,
      Path input,
      AutoCloseable source,
      Runnable onEnd)
      throws IOException {
    Console console = null;
    QmpClient qmp = null;
    try {
      QemuEvents events = new QemuEvents();
      console = new Console(directory.shortPath(QemuCommandLine.CONSOLE_SOCKET), box);
      qmp = new QmpClient(directory.shortPath(QemuCommandLine.MONITOR_SOCKET), box, events::take);
      ChildProcess process = ChildProcess.start(box, commandLine, directory.path(), input);
      return new QemuProcess(directory, source, console, qmp, process, events, onEnd);
    } catch (IOException | RuntimeException | Error e) {
      close(console, qmp, directory, source);
      throw e;
    }
  }

  /** The session with the monitor; it is to be negotiated first. */
  public QmpClient qmp() {
    return qmp;
  }

  /** What the monitor told without being asked. */
  QemuEvents events() {
    return events;
  }

  /** The directory it runs in. */
  BoxDirectory directory() {
    return directory;
  }

  /** The host's end of the port that the agent listens on; it exists when QMP has greeted. */
  public Path agentSocket() {
    return directory.shortPath(QemuCommandLine.AGENT_SOCKET);
  }

  /** The end of what the guest's kernel and agent wrote. */
  public String consoleTail() {
    return console.tail();
  }

  /** Waits until the guest has written this line to its console; false when it does not. */
  public boolean awaitConsole(String line, Duration timeout) throws InterruptedException {
    return console.await(line, timeout);
  }

  /** The number of the process. */
  public long pid() {
    return process.identity().pid();
  }

  /** The threads that run the guest's processors. */
  public VcpuThreads vcpus() {
    return vcpus;
  }

  /** What keeps the guest from running. */
  public Hindrance hindrance() {
    return hindrance;
  }

  /** Completes when the process has ended and its last words were read. */
  public CompletableFuture<QemuExit> onExit() {
    return exit.copy();
  }

  /** Waits for the process to end by itself; empty when it has not in that time. */
  public Optional<QemuExit> awaitExit(Duration timeout) throws InterruptedException {
    try {
      return Optional.of(exit.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of process " + pid() + " is unknown", e);
    }
  }

  /** Kills the process; what it owns stays until {@link #close()}. */
  public void kill() {
    ended = true;
    process.kill();
  }

  /** Kills the process if it still runs and waits until it is gone; what it owns stays. */
  public void end() {
    ended |= process.isAlive();
    process.close();
    exit.join();
  }

  /** Kills the process if it still runs, and deletes its directory. */
  @Override
  public void close() {
    try {
      end();
    } finally {
      close(console, qmp, directory, source);
    }
  }

  private static void close(@Nullable AutoCloseable... owned) {
    for (AutoCloseable each : owned) {
      try {
        if (each != null) {
          each.close();
        }
      } catch (Exception e) {
        log.warn("cannot close {}", each, e);
      }
    }
  }
}

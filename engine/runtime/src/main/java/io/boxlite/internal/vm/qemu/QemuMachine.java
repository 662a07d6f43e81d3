package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.guest.HostStalls;
import io.boxlite.internal.host.ChildProcess;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.MemoryFile;
import io.boxlite.internal.host.seccomp.SeccompViolation;
import io.boxlite.internal.vm.machine.BoxDirectory;
import io.boxlite.internal.vm.machine.ExitReport;
import io.boxlite.internal.vm.machine.HypervisorException;
import io.boxlite.internal.vm.machine.ProcessIsolation;
import io.boxlite.internal.vm.machine.SaveableMachine;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running QEMU with its console, its monitor and the directory it runs in, all of which it owns.
 */
final class QemuMachine implements SaveableMachine {
  private static final Logger log = LoggerFactory.getLogger(QemuMachine.class);

  /** QEMU connects before its monitor answers, so this is for a host that is very busy. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private final Instant started = Instant.now();
  private final QemuStart start;
  private final BoxDirectory directory;
  private final Console console;
  private final QmpClient qmp;
  private final SocketPort agent;
  private final @Nullable SocketPort networkCard;
  private final ChildProcess process;
  private final QemuEvents events;
  private final CompletableFuture<ExitReport> exit;
  private final CompletableFuture<String> refusal = new CompletableFuture<>();
  private final HostStalls hostStalls;
  private final AtomicBoolean agentConnected = new AtomicBoolean();
  private volatile boolean killed; // by this JVM

  private QemuMachine(
      QemuStart start,
      Console console,
      QmpClient qmp,
      SocketPort agent,
      @Nullable SocketPort networkCard,
      ChildProcess process,
      QemuEvents events,
      Runnable onEnd) {
    this.start = start;
    directory = start.directory();
    this.console = console;
    this.qmp = qmp;
    this.agent = agent;
    this.networkCard = networkCard;
    this.process = process;
    this.events = events;
    hostStalls = new QemuHostStalls(process::programPid);
    exit = process.onExit().thenApply(code -> report(code, onEnd));
  }

  /**
   * Starts a QEMU.
   *
   * @param onEnd runs once when QEMU has ended
   * @throws IOException when its files cannot be created; everything that it was given is closed
   */
  static QemuMachine start(QemuStart start, Runnable onEnd) throws IOException {
    BoxDirectory directory = start.directory();
    String box = directory.id();
    Console console = null;
    QmpClient qmp = null;
    SocketPort agent = null;
    SocketPort networkCard = null;
    try {
      QemuEvents events = new QemuEvents();
      CompletableFuture<ChildProcess> launched = new CompletableFuture<>();
      // Its id is looked up as long as it certainly exists, to explain its end.
      Runnable findProgram = () -> launched.thenAccept(ChildProcess::programPid);
      console = new Console(directory.shortPath(QemuCommandLine.CONSOLE_SOCKET), box, findProgram);
      qmp = new QmpClient(directory.shortPath(QemuCommandLine.MONITOR_SOCKET), box, events::take);
      agent =
          SocketPort.listen("the agent's port", directory.shortPath(QemuCommandLine.AGENT_SOCKET));
      if (start.networkCard()) {
        networkCard =
            SocketPort.listen(
                "the network card", directory.shortPath(QemuCommandLine.NETWORK_SOCKET));
      }
      ChildProcess process =
          start.launcher().start(directory, start.argv(), start.input(), start.writable());
      launched.complete(process);
      return new QemuMachine(start, console, qmp, agent, networkCard, process, events, onEnd);
    } catch (IOException | RuntimeException | Error e) {
      close(console, qmp, agent, networkCard, start.memory(), start.launcher(), directory);
      throw e;
    }
  }

  private ExitReport report(int code, Runnable onEnd) {
    console.drain();
    qmp.drain();
    try {
      onEnd.run();
    } catch (RuntimeException e) {
      log.warn("the cleanup after the end of box {} failed", directory.id(), e);
    }
    return new QemuExit(code, killed, events.shutdownReason(), process.outputTail(), cause(code))
        .report();
  }

  /** Returns why the kernel has killed QEMU, if it can be known. */
  private String cause(int code) {
    if (code == QemuExit.FILTERED) {
      return SeccompViolation.find(process.programPid(), started).orElse("");
    }
    return start.launcher().ranOutOfMemory() ? "its cgroup ran out of memory" : "";
  }

  /** Returns the session with the monitor. */
  QmpClient qmp() {
    return qmp;
  }

  /** Returns the events that the monitor reported. */
  QemuEvents events() {
    return events;
  }

  /** Returns the directory that QEMU runs in. */
  BoxDirectory directory() {
    return directory;
  }

  @Override
  public void begin(Duration timeout) throws HypervisorException, InterruptedException {
    try {
      start.launcher().awaitConfined(timeout);
    } catch (IOException e) {
      throw new HypervisorException(String.valueOf(e.getMessage()), false, e);
    }
    if (start.state() != null) {
      SavedState.restore(qmp, timeout, refusal::complete);
    } else {
      qmp.negotiate(timeout);
    }
  }

  @Override
  public SocketChannel connectAgent() throws IOException {
    if (agentConnected.getAndSet(true)) {
      reconnectAgent();
    }
    return agent.accept(CONNECT_TIMEOUT);
  }

  /** QEMU connects by itself only when it starts. */
  private void reconnectAgent() throws IOException {
    Map<String, Object> socket =
        Map.of("type", "unix", "data", Map.of("path", QemuCommandLine.AGENT_SOCKET));
    Map<String, Object> backend =
        Map.of("type", "socket", "data", Map.of("addr", socket, "server", false));
    try {
      qmp.execute(
          "chardev-change",
          Map.of("id", QemuCommandLine.AGENT, "backend", backend),
          CONNECT_TIMEOUT);
    } catch (QmpException e) {
      throw new IOException(e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while connecting to the agent");
    }
  }

  @Override
  public SocketChannel connectNetworkCard() throws IOException {
    if (networkCard == null) {
      throw new IllegalStateException("box " + directory.id() + " has no network card");
    }
    return networkCard.accept(CONNECT_TIMEOUT);
  }

  @Override
  public HostStalls hostStalls() {
    return hostStalls;
  }

  @Override
  public String consoleTail() {
    return console.tail();
  }

  @Override
  public boolean awaitConsole(String line, Duration timeout) throws InterruptedException {
    return console.await(line, timeout);
  }

  @Override
  public long pid() {
    return process.programPid();
  }

  @Override
  public ProcessIsolation isolation() {
    return start.launcher().isolation();
  }

  @Override
  public CompletableFuture<ExitReport> onExit() {
    return exit.copy();
  }

  @Override
  public CompletableFuture<String> onRefusal() {
    return refusal.copy();
  }

  @Override
  public void pause(Duration timeout) throws QmpException, InterruptedException {
    qmp.execute("stop", timeout);
  }

  @Override
  public void resume() {
    qmp.order("cont", Map.of(), refusal::complete);
  }

  @Override
  public void save(Path state, Deadline deadline)
      throws IOException, QmpException, InterruptedException {
    MemoryFile memory = start.memory();
    if (memory == null) {
      throw new IllegalStateException(
          "box " + directory.id() + " was not started with a memory file, so it cannot be saved");
    }
    SavedState.save(this, memory.path(), state, deadline);
  }

  @Override
  public void copyDisk(Path file, Deadline deadline)
      throws IOException, QmpException, InterruptedException {
    Path state = start.state();
    if (state == null) {
      throw new IllegalStateException("box " + directory.id() + " was booted; its disk is no copy");
    }
    new DiskCopy(qmp, directory.file(QemuCommandLine.DISK_COPY), deadline)
        .run(state.resolve(SavedState.SCRATCH), file);
  }

  @Override
  public void kill() {
    killed = true;
    process.kill();
  }

  @Override
  public void end() {
    killed |= process.isAlive();
    process.close();
    exit.join();
  }

  @Override
  public void close() {
    try {
      end();
    } finally {
      close(console, qmp, agent, networkCard, start.memory(), start.launcher(), directory);
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

package io.boxlite.internal.box;

import io.boxlite.BoxFileSystem;
import io.boxlite.BoxInfo;
import io.boxlite.BoxLostException;
import io.boxlite.BoxOptions;
import io.boxlite.BoxOrigin;
import io.boxlite.BoxShell;
import io.boxlite.BoxState;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import io.boxlite.JoinResult;
import io.boxlite.LiteBox;
import io.boxlite.MainCommand;
import io.boxlite.internal.check.Arguments;
import io.boxlite.internal.guest.AgentClient;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A box on this machine: a VM and the commands that run in it. */
final class LocalBox implements LiteBox {
  /** How long a guest may take to write its file systems back. */
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  /** How long writing back and copying a disk may take, each. */
  private static final Duration DISK_TIMEOUT = Duration.ofSeconds(60);

  private final BoxOptions options;
  private final RootImage image;
  private final String id;
  private final Supplier<StartedVm> restart;
  private final BoxMounts mounts;
  private final String acceleratorReason;
  private final SecurityPlan security;
  private final LocalNetwork network;
  private final Runnable onClose;
  private final Object resetting = new Object();
  private final CommandDefaults defaults;
  private final ServicePlan service;
  private final LocalFiles files = new LocalFiles(this::onFiles, this::capacity);
  private final AtomicLong executions = new AtomicLong();
  private final List<Consumer<Execution>> observers = new CopyOnWriteArrayList<>();
  private volatile Life life;
  private volatile boolean stopped;

  /** The VM currently behind this box; {@link #reset()} replaces it. */
  private record Life(
      Vm vm,
      BoxOrigin origin,
      Duration startTime,
      Instant startedAt,
      Optional<LocalMainCommand> mainCommand) {}

  LocalBox(
      BoxOptions options,
      RootImage image,
      StartedVm started,
      Supplier<StartedVm> restart,
      BoxMounts mounts,
      String acceleratorReason,
      SecurityPlan security,
      LocalNetwork network,
      Duration startTime,
      Runnable onClose) {
    this.options = options;
    this.image = image;
    this.restart = restart;
    this.mounts = mounts;
    this.acceleratorReason = acceleratorReason;
    this.security = security;
    this.network = network;
    this.onClose = onClose;
    id = started.vm().id();
    defaults = new CommandDefaults(image.config(), options);
    service = ServicePlan.of(options, image.config());
    life = begin(started, startTime);
    network.serve(started.vm(), this::agent);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public Optional<String> name() {
    return options.name();
  }

  @Override
  public BoxInfo info() {
    Life now = life;
    Vm vm = now.vm();
    Optional<BoxLoss> loss = stopped ? Optional.empty() : vm.agent().loss();
    BoxInfo.Builder info =
        BoxInfo.builder(id)
            .state(stopped ? BoxState.STOPPED : loss.isPresent() ? BoxState.LOST : BoxState.RUNNING)
            .imageDigest(image.digest())
            .accelerator(vm.kind().accelerator())
            .acceleratorReason(acceleratorReason)
            .cpus(options.cpus())
            .memoryMib(options.memoryMib())
            .diskMib(options.diskMib())
            .origin(now.origin())
            .startedAt(now.startedAt())
            .startTime(now.startTime())
            .hypervisorPid(vm.pid())
            .isolation(security.report(options, vm.kind().accelerator(), vm.isolation()));
    options.name().ifPresent(info::name);
    options.image().ifPresent(info::image);
    loss.map(BoxLoss::message).ifPresent(info::loss);
    return info.build();
  }

  @Override
  public ExecResult exec(Command command) {
    try (LocalExecution execution = launch(command, command.hasStdin())) {
      return execution.await();
    }
  }

  @Override
  public LocalExecution start(Command command) {
    LocalExecution execution = launch(command, command.stdinFile().isEmpty());
    try {
      execution.awaitStart();
      return execution;
    } catch (RuntimeException | Error e) {
      execution.close();
      throw e;
    }
  }

  @Override
  public JoinResult join(Command first, Command second, Duration timeout) {
    return Join.run(
        defaults.limited(first),
        defaults.limited(second),
        timeout,
        (command, token) -> launch(command, start(command, token)));
  }

  @Override
  public BoxShell shell(Command shell) {
    return LocalShell.open(this, defaults.limited(shell));
  }

  @Override
  public void onExecution(Consumer<Execution> observer) {
    observers.add(observer);
  }

  @Override
  public BoxFileSystem files() {
    return files;
  }

  @Override
  public Optional<MainCommand> mainCommand() {
    return life.mainCommand().map(main -> main);
  }

  @Override
  public LocalNetwork network() {
    return network;
  }

  @Override
  public String consoleTail() {
    return life.vm().consoleTail();
  }

  @Override
  public void saveDisk(Path file) {
    if (Files.exists(file)) {
      throw new IllegalArgumentException("file is " + file + "; it must not exist yet");
    }
    exec(Command.of("sync").user("0").workingDir("/").timeout(DISK_TIMEOUT));
    life.vm().saveDisk(file.toAbsolutePath(), DISK_TIMEOUT);
  }

  @Override
  public void reset() {
    synchronized (resetting) {
      requireUsable();
      life.vm().close(); // first, so that the box never needs the memory of two VMs
      long begin = System.nanoTime();
      StartedVm fresh = restart.get();
      Life next = begin(fresh, Duration.ofNanos(System.nanoTime() - begin));
      if (!replace(next)) {
        fresh.vm().close();
        requireUsable();
      }
      network.serve(fresh.vm(), this::agent);
    }
  }

  @Override
  public void stop(Duration grace) {
    Arguments.notNegative("grace", grace, Command.MAX_TIMEOUT);
    markStopped();
    Life last = life;
    if (!grace.isZero()) {
      last.mainCommand().ifPresent(main -> main.end(grace));
    }
    last.vm().stop(STOP_TIMEOUT);
  }

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

  private Life begin(StartedVm started, Duration startTime) {
    try {
      Optional<LocalMainCommand> main = service.follow(started.vm().agent());
      return new Life(started.vm(), started.origin(), startTime, Instant.now(), main);
    } catch (RuntimeException | Error e) {
      started.vm().close();
      throw e;
    }
  }

  private ExecStart start(Command command, String joinToken) {
    return defaults.complete(command, false).toBuilder().setJoinToken(joinToken).build();
  }

  private LocalExecution launch(Command requested, boolean stdinOpen) {
    Command command = defaults.limited(requested);
    return launch(command, defaults.complete(command, stdinOpen));
  }

  private LocalExecution launch(Command command, ExecStart start) {
    requireUsable();
    refreshVolumes();
    GuestExec exec;
    try {
      exec = life.vm().agent().exec(start);
    } catch (BoxLostException e) {
      requireUsable(); // the box was closed meanwhile
      throw e;
    }
    LocalExecution execution =
        new LocalExecution(id() + "." + executions.incrementAndGet(), command, exec);
    try {
      observers.forEach(observer -> observer.accept(execution));
      return execution;
    } catch (RuntimeException | Error e) {
      exec.close(); // it may not run yet, so there is no end to wait for
      throw e;
    }
  }

  private synchronized void markStopped() {
    stopped = true;
  }

  /** Uses another VM from now on, unless the box was stopped meanwhile; returns whether it does. */
  private synchronized boolean replace(Life next) {
    if (!stopped) {
      life = next;
    }
    return !stopped;
  }

  /** Returns the agent of the current VM, if the box is usable. */
  private AgentClient agent() {
    requireUsable();
    return life.vm().agent();
  }

  /** Runs an action on the files of the current VM, if the box is usable. */
  private void onFiles(Consumer<BoxFiles> work) {
    requireUsable();
    refreshVolumes();
    try {
      work.accept(life.vm().agent().files());
    } catch (BoxLostException e) {
      requireUsable(); // the box was closed meanwhile
      throw e;
    }
  }

  /** Returns how many bytes the disk, memory and image of the box can hold together. */
  private long capacity() {
    long mib = (long) options.diskMib() + options.memoryMib();
    return (mib << 20) + image.file().toFile().length();
  }

  /** Makes the box see everything that was changed in its volumes before. */
  void refreshVolumes() {
    mounts.refresh();
  }

  private void requireUsable() {
    if (stopped) {
      throw new IllegalStateException(this + " is stopped; create another one");
    }
  }
}

package io.boxlite.internal.vm;

import io.boxlite.Accelerator;
import io.boxlite.internal.guest.HonestGuest;
import io.boxlite.internal.guest.HostStalls;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.vm.machine.BoxDirectory;
import io.boxlite.internal.vm.machine.ExitReport;
import io.boxlite.internal.vm.machine.Hypervisor;
import io.boxlite.internal.vm.machine.HypervisorException;
import io.boxlite.internal.vm.machine.Machine;
import io.boxlite.internal.vm.machine.MachineSpec;
import io.boxlite.internal.vm.machine.ProcessIsolation;
import io.boxlite.internal.vm.machine.RootDevices;
import io.boxlite.internal.vm.machine.StateSaving;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A hypervisor that cannot save machines and has no disks; its guests are fakes in this JVM. */
final class BootOnlyHypervisor implements Hypervisor {
  final List<FakeMachine> machines = new CopyOnWriteArrayList<>();

  @Override
  public Accelerator accelerator() {
    return Accelerator.TCG;
  }

  @Override
  public Map<String, String> fingerprint(MachineSpec spec) {
    return Map.of("fake", "1");
  }

  @Override
  public Optional<RootDevices> rootDevices() {
    return Optional.empty();
  }

  @Override
  public Machine boot(BoxDirectory directory, MachineSpec spec, Runnable onEnd) throws IOException {
    FakeMachine machine = new FakeMachine(directory, onEnd);
    machines.add(machine);
    return machine;
  }

  @Override
  public Optional<StateSaving> stateSaving() {
    return Optional.empty();
  }

  /** A machine without a process. */
  static final class FakeMachine implements Machine {
    final HonestGuest guest;
    private final BoxDirectory directory;
    private final Runnable onEnd;
    private final CompletableFuture<ExitReport> exit = new CompletableFuture<>();
    volatile boolean begun;
    volatile boolean paused;

    FakeMachine(BoxDirectory directory, Runnable onEnd) throws IOException {
      this.directory = directory;
      this.onEnd = onEnd;
      guest = new HonestGuest(directory.path());
    }

    @Override
    public void begin(Duration timeout) {
      begun = true;
    }

    @Override
    public SocketChannel connectNetworkCard() {
      throw new IllegalStateException("there is no network card");
    }

    @Override
    public SocketChannel connectAgent() throws IOException {
      return guest.link().open();
    }

    @Override
    public HostStalls hostStalls() {
      return HostStalls.NONE;
    }

    @Override
    public String consoleTail() {
      return "";
    }

    @Override
    public long pid() {
      return ProcessHandle.current().pid();
    }

    @Override
    public ProcessIsolation isolation() {
      return ProcessIsolation.none(0);
    }

    @Override
    public CompletableFuture<ExitReport> onExit() {
      return exit.copy();
    }

    @Override
    public CompletableFuture<String> onRefusal() {
      return new CompletableFuture<>();
    }

    @Override
    public void pause(Duration timeout) {
      paused = true;
    }

    @Override
    public void resume() {
      paused = false;
    }

    @Override
    public void copyDisk(Path file, Deadline deadline) throws HypervisorException {
      throw new HypervisorException("it has no disk", false, null);
    }

    @Override
    public synchronized void kill() {
      if (!exit.isDone()) {
        onEnd.run();
        exit.complete(new ExitReport("it was killed", false, true));
      }
    }

    @Override
    public void end() {
      kill();
    }

    @Override
    public void close() {
      end();
      guest.close();
      directory.close();
    }
  }
}

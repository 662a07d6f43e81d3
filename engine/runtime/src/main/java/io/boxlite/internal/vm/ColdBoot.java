package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.Root;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.network.Networks;
import io.boxlite.internal.vm.machine.BoxDirectories;
import io.boxlite.internal.vm.machine.BoxDirectory;
import io.boxlite.internal.vm.machine.HypervisorException;
import io.boxlite.internal.vm.machine.Machine;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Boots a machine until its guest is ready for use. */
final class ColdBoot {
  private static final Logger log = LoggerFactory.getLogger(ColdBoot.class);

  private final BoxDirectories directories;
  private final VmSpec spec;
  private final Deadline deadline;

  /**
   * Starts a machine's process in its directory.
   *
   * @param <M> what it starts
   */
  interface Launcher<M extends Machine> {
    /** Starts the process; the directory is closed with it, and also when this fails. */
    M launch(BoxDirectory directory) throws IOException;
  }

  ColdBoot(BoxDirectories directories, VmSpec spec) {
    this.directories = directories;
    this.spec = spec;
    deadline = Deadline.in(spec.startTimeout());
  }

  /**
   * Boots a machine.
   *
   * @param onEnd runs when the machine has ended, and also when this fails
   * @throws BoxStartException when it does not start, or not in time; nothing of it is left
   */
  Vm run(Runnable onEnd) {
    try {
      Machine machine =
          launch(
              directory -> spec.kind().hypervisor().boot(directory, spec.kind().machine(), onEnd));
      return start(machine);
    } catch (RuntimeException | Error e) {
      onEnd.run();
      throw e;
    }
  }

  /** Starts the process of a machine, for {@link #start}. */
  <M extends Machine> M launch(Launcher<M> launcher) {
    BoxDirectory directory = directories.create(spec.id());
    try {
      return launcher.launch(directory);
    } catch (IOException e) {
      throw new BoxStartException(
          "box "
              + spec.id()
              + " did not start: its files cannot be made in "
              + directory.path()
              + ": "
              + e.getMessage(),
          "",
          e);
    }
  }

  /** Waits until the guest of a new machine is ready for use; closes the machine on failure. */
  Vm start(Machine machine) {
    long start = System.nanoTime();
    @Nullable Vm vm = null;
    try {
      vm = new Vm(spec.id(), spec.kind(), machine);
      machine.begin(deadline.left());
      vm.agent().hello(deadline.left());
      vm.agent().configure(configuration(), deadline.left());
      log.debug("box {} is ready after {} ms", spec.id(), (System.nanoTime() - start) / 1_000_000);
      return vm;
    } catch (HypervisorException | InterruptedException | RuntimeException | Error e) {
      throw new StartFailure(spec.id(), spec.kind().machine().cpus(), deadline).of(e, machine, vm);
    }
  }

  private ConfigureRequest configuration() {
    ConfigureRequest.Builder request =
        ConfigureRequest.newBuilder().setIdentity(GuestIdentity.fresh(spec.hostname()));
    spec.kind()
        .hypervisor()
        .rootDevices()
        .ifPresent(
            devices ->
                request.setRoot(
                    Root.newBuilder()
                        .setImageDevice(devices.image())
                        .setScratchDevice(devices.scratch())));
    if (spec.kind().machine().networkCard()) {
      request.setNetwork(Networks.guest());
    }
    return request.build();
  }
}

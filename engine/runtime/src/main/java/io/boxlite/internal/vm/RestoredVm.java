package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.memory.MemoryReservation;
import io.boxlite.internal.vm.qemu.BoxDirectories;
import io.boxlite.internal.vm.qemu.BoxDirectory;
import io.boxlite.internal.vm.qemu.QemuCommandLine;
import io.boxlite.internal.vm.qemu.QemuExit;
import io.boxlite.internal.vm.qemu.QemuProcess;
import io.boxlite.internal.vm.qemu.QmpException;
import io.boxlite.internal.vm.qemu.SavedState;
import io.boxlite.internal.vm.template.Template;
import io.boxlite.internal.vm.template.VmKind;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A machine that goes on from a template's state. It is nobody else's: random numbers, clock and
 * names are renewed before anything of a user's runs, and again when it has waited to be used.
 */
final class RestoredVm implements AutoCloseable {
  private final String id;
  private final QemuProcess qemu;
  private final Vm vm;
  private final MemoryReservation memory;

  private RestoredVm(String id, QemuProcess qemu, Vm vm, MemoryReservation memory) {
    this.id = id;
    this.qemu = qemu;
    this.vm = vm;
    this.memory = memory;
  }

  /**
   * Starts QEMU with a template's state, and waits until its guest is ready.
   *
   * @param id the machine's id
   * @param template is let go of with the machine, and also when this fails
   * @param memory is given back when QEMU has ended, and also when this fails
   * @param hostname its host name; its id when empty
   * @throws StateRefusedException when it ends because it does not take the state
   * @throws BoxStartException when it fails otherwise, or not in time; nothing is left then as well
   */
  static RestoredVm restore(
      BoxDirectories directories,
      String id,
      VmKind kind,
      Template template,
      MemoryReservation memory,
      Optional<String> hostname,
      Deadline deadline)
      throws StateRefusedException {
    QemuProcess qemu;
    try {
      qemu = start(directories, id, kind, template, memory);
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
    @Nullable Vm vm = null;
    try {
      // It connects with its first call. Which contract its agent speaks was found out when the
      // template was made.
      vm =
          new Vm(
              id,
              kind,
              qemu,
              AgentClient.connect(id, qemu.agentSocket(), qemu::consoleTail, qemu.hindrance()));
      SavedState.restore(qemu, deadline, vm.agent()::lost);
      RestoredVm restored = new RestoredVm(id, qemu, vm, memory);
      restored.identify(hostname, deadline);
      return restored;
    } catch (QmpException | InterruptedException | RuntimeException | Error e) {
      BoxStartException failure = new StartFailure(id, kind.cpus(), deadline).of(e, qemu, vm);
      if (qemu.onExit().thenApply(QemuExit::isOfItself).getNow(false)) {
        throw new StateRefusedException(failure);
      }
      throw failure;
    }
  }

  private static QemuProcess start(
      BoxDirectories directories,
      String id,
      VmKind kind,
      Template template,
      MemoryReservation memory) {
    BoxDirectory directory;
    try {
      directory = directories.create(id);
    } catch (RuntimeException | Error e) {
      template.close();
      throw e;
    }
    try {
      return QemuProcess.start(
          id,
          directory,
          QemuCommandLine.toRestore(id, kind, template),
          template.file(Template.STATE),
          template,
          memory::close);
    } catch (IOException e) {
      throw new BoxStartException(
          "box " + id + " did not start: its files cannot be made: " + e.getMessage(), "", e);
    }
  }

  /** The machine, which is the caller's from now on; this is of no more use. */
  Vm vm() {
    return vm;
  }

  /** The memory it was given. */
  MemoryReservation memory() {
    return memory;
  }

  /** Whether it can still go on. */
  boolean isAlive() {
    return !qemu.onExit().isDone() && vm.agent().loss().isEmpty();
  }

  /**
   * Takes its user's first steps and pauses it again. An emulator translates a guest's code when it
   * first runs: what was translated now need not be later.
   *
   * @return this
   * @throws BoxStartException when its guest does not answer in time; nothing is left of it
   */
  RestoredVm warmUp(Duration timeout) {
    Deadline deadline = Deadline.in(timeout);
    try {
      GuestWarmUp.take(vm.agent(), deadline);
      qemu.qmp().execute("stop", deadline.left());
      return this;
    } catch (QmpException
        | ExecutionException
        | TimeoutException
        | InterruptedException
        | RuntimeException
        | Error e) {
      throw new StartFailure(id, vm.kind().cpus(), deadline).of(e, qemu, vm);
    }
  }

  /**
   * Lets a machine that was paused go on as one of its own; it is the caller's then, and this is of
   * no more use.
   *
   * @param hostname its host name; its id when empty
   * @throws BoxStartException when its guest does not answer in time; nothing is left of it
   */
  Vm resume(Optional<String> hostname, Deadline deadline) {
    try {
      // The guest's answer is proof enough that it goes on.
      qemu.qmp().order("cont", Map.of(), vm.agent()::lost);
      identify(hostname, deadline);
      return vm;
    } catch (RuntimeException | Error e) {
      throw new StartFailure(id, vm.kind().cpus(), deadline).of(e, qemu, vm);
    }
  }

  private void identify(Optional<String> hostname, Deadline deadline) {
    vm.agent()
        .configure(
            ConfigureRequest.newBuilder()
                .setIdentity(GuestIdentity.fresh(hostname.orElse(id)))
                .build(),
            deadline.left());
  }

  /** Ends the machine; nothing is left of it. */
  @Override
  public void close() {
    vm.close();
  }
}

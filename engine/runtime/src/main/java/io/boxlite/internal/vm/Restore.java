package io.boxlite.internal.vm;

import io.boxlite.BoxStartException;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.memory.MemoryReservation;
import io.boxlite.internal.vm.machine.BoxDirectories;
import io.boxlite.internal.vm.machine.BoxDirectory;
import io.boxlite.internal.vm.machine.ExitReport;
import io.boxlite.internal.vm.machine.HypervisorException;
import io.boxlite.internal.vm.machine.Machine;
import io.boxlite.internal.vm.machine.StateSaving;
import io.boxlite.internal.vm.template.Template;
import io.boxlite.internal.vm.template.VmKind;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Starts machines from the saved state of a template. */
final class Restore {
  private final BoxDirectories directories;
  private final VmKind kind;
  private final StateSaving saving;

  Restore(BoxDirectories directories, VmKind kind, StateSaving saving) {
    this.directories = directories;
    this.kind = kind;
    this.saving = saving;
  }

  /**
   * Starts a machine and waits until its guest is ready.
   *
   * @param id the machine's id
   * @param template closed when the machine has ended, and also when this fails
   * @param memory released when the machine has ended, and also when this fails
   * @param hostname its host name; its id when empty
   * @throws StateRefusedException when the hypervisor does not accept the state
   * @throws BoxStartException when it fails for another reason, or is not ready in time; nothing of
   *     the machine is left
   */
  ReadyVm run(
      String id,
      Template template,
      MemoryReservation memory,
      Optional<String> hostname,
      Deadline deadline)
      throws StateRefusedException {
    Runnable release =
        () -> {
          memory.close();
          template.close();
        };
    Machine machine;
    try {
      machine = launch(id, template, release);
    } catch (RuntimeException | Error e) {
      release.run();
      throw e;
    }
    @Nullable Vm vm = null;
    try {
      // It connects with its first call. Which protocol version its agent speaks was checked when
      // the template was made.
      vm = new Vm(id, kind, machine);
      machine.begin(deadline.left());
      ReadyVm ready = new ReadyVm(vm, memory);
      ready.identify(hostname, deadline);
      return ready;
    } catch (HypervisorException | InterruptedException | RuntimeException | Error e) {
      BoxStartException failure =
          new StartFailure(id, kind.machine().cpus(), deadline).of(e, machine, vm);
      if (machine.onExit().thenApply(ExitReport::byItself).getNow(false)) {
        throw new StateRefusedException(failure);
      }
      throw failure;
    }
  }

  private Machine launch(String id, Template template, Runnable onEnd) {
    BoxDirectory directory = directories.create(id);
    try {
      return saving.restore(directory, kind.machine(), template.directory(), onEnd);
    } catch (IOException e) {
      throw new BoxStartException(
          "box " + id + " did not start: its files cannot be made: " + e.getMessage(), "", e);
    }
  }
}

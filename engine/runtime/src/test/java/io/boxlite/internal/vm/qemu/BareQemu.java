package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.vm.machine.MachineSpec;
import io.boxlite.internal.vm.template.VmKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** How the engine starts QEMU, for a benchmark that starts it by itself. */
public final class BareQemu {
  public static final String AGENT_SOCKET = QemuCommandLine.AGENT_SOCKET;
  public static final String CONSOLE_SOCKET = QemuCommandLine.CONSOLE_SOCKET;
  public static final String MONITOR_SOCKET = QemuCommandLine.MONITOR_SOCKET;
  public static final String DEVICES = SavedState.DEVICES;

  private BareQemu() {}

  /**
   * Prepares the files of a machine that continues from a saved state.
   *
   * @param directory where QEMU is to run
   * @return the program and its arguments
   */
  public static List<String> toRestore(String id, VmKind kind, Path state, Path directory)
      throws IOException {
    QemuHypervisor hypervisor = (QemuHypervisor) kind.hypervisor();
    MachineSpec spec = kind.machine();
    ScratchOverlay.create(
        directory.resolve(QemuCommandLine.SCRATCH_OVERLAY), (long) spec.diskMib() << 20);
    return QemuCommandLine.of(
        id,
        hypervisor,
        spec,
        hypervisor.files(spec, Optional.of(state.resolve(SavedState.SCRATCH))),
        GuestMemory.privateFile(spec.memoryMib(), state.resolve(SavedState.MEMORY)));
  }
}

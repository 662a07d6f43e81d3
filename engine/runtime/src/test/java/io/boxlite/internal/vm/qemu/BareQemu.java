package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.vm.template.VmKind;
import java.nio.file.Path;
import java.util.List;

/** How the engine starts QEMU, for a benchmark that starts it by itself. */
public final class BareQemu {
  public static final String AGENT_SOCKET = QemuCommandLine.AGENT_SOCKET;
  public static final String CONSOLE_SOCKET = QemuCommandLine.CONSOLE_SOCKET;
  public static final String MONITOR_SOCKET = QemuCommandLine.MONITOR_SOCKET;
  public static final String DEVICES = SavedState.DEVICES;

  private BareQemu() {}

  /** The program and its arguments for a machine that continues from a saved state. */
  public static List<String> toRestore(String id, VmKind kind, Path state) {
    return QemuCommandLine.toRestore(id, (QemuHypervisor) kind.hypervisor(), kind.machine(), state);
  }
}

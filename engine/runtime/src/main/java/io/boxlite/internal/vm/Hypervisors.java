package io.boxlite.internal.vm;

import io.boxlite.Accelerator;
import io.boxlite.HypervisorUnavailableException;
import io.boxlite.internal.host.GuestFiles;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.hypervisor.QemuBinary;
import io.boxlite.internal.host.settings.Settings;
import io.boxlite.internal.vm.machine.Hypervisor;
import io.boxlite.internal.vm.qemu.QemuHypervisor;

/** Chooses the hypervisor for an accelerator; the only place that names implementations. */
public final class Hypervisors {
  private Hypervisors() {}

  /**
   * Finds the hypervisor for an accelerator on this machine.
   *
   * @param accelerator any but {@link Accelerator#AUTO}
   * @param home where the guest's files are extracted to
   * @throws HypervisorUnavailableException when its program is missing or cannot be used
   */
  public static Hypervisor choose(Accelerator accelerator, Settings settings, Home home) {
    return switch (accelerator) {
      case KVM, TCG ->
          new QemuHypervisor(
              QemuBinary.find(settings.qemu()), accelerator, GuestFiles.extract(home));
      case AUTO ->
          throw new IllegalArgumentException("accelerator is AUTO; resolve it to KVM or TCG first");
    };
  }
}

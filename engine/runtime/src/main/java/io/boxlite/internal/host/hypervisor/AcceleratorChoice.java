package io.boxlite.internal.host.hypervisor;

import io.boxlite.Accelerator;
import io.boxlite.HypervisorUnavailableException;
import io.boxlite.internal.host.settings.Setting;

/**
 * What boxes run on.
 *
 * @param accelerator {@link Accelerator#KVM} or {@link Accelerator#TCG}
 * @param reason why that one, and what to do to get a faster one
 */
public record AcceleratorChoice(Accelerator accelerator, String reason) {
  /**
   * Chooses for this machine.
   *
   * @throws HypervisorUnavailableException when KVM is asked for and does not work
   */
  public static AcceleratorChoice of(Accelerator wanted) {
    return wanted == Accelerator.TCG
        ? new AcceleratorChoice(Accelerator.TCG, "emulation was asked for")
        : of(wanted, KvmProbe.result());
  }

  static AcceleratorChoice of(Accelerator wanted, KvmProbe kvm) {
    if (kvm.works()) {
      return new AcceleratorChoice(Accelerator.KVM, kvm.reason());
    }
    if (wanted == Accelerator.KVM) {
      throw new HypervisorUnavailableException(
          "KVM was asked for and does not work: "
              + kvm.reason()
              + "; to run boxes emulated, ask for AUTO instead, there or with "
              + Setting.ACCELERATOR.key());
    }
    return new AcceleratorChoice(Accelerator.TCG, "emulation, for " + kvm.reason());
  }
}

package io.boxlite.internal.host.hypervisor;

import io.boxlite.Accelerator;
import io.boxlite.HypervisorUnavailableException;
import io.boxlite.internal.host.settings.Setting;

/**
 * The accelerator that boxes use on this machine.
 *
 * @param accelerator {@link Accelerator#KVM} or {@link Accelerator#TCG}
 * @param reason why it was chosen, and how to get a faster one
 */
public record AcceleratorChoice(Accelerator accelerator, String reason) {
  /**
   * Chooses the accelerator for this machine.
   *
   * @throws HypervisorUnavailableException when KVM is requested and does not work
   */
  public static AcceleratorChoice of(Accelerator wanted) {
    return wanted == Accelerator.TCG
        ? new AcceleratorChoice(Accelerator.TCG, "emulation was requested")
        : of(wanted, KvmProbe.result());
  }

  static AcceleratorChoice of(Accelerator wanted, KvmProbe kvm) {
    if (kvm.works()) {
      return new AcceleratorChoice(Accelerator.KVM, kvm.reason());
    }
    if (wanted == Accelerator.KVM) {
      throw new HypervisorUnavailableException(
          "KVM was requested but does not work: "
              + kvm.reason()
              + "; to fall back to emulation, request AUTO instead, in the options or with "
              + Setting.ACCELERATOR.key());
    }
    return new AcceleratorChoice(Accelerator.TCG, "emulation, because " + kvm.reason());
  }
}

package io.boxlite.internal.vm.template;

import io.boxlite.Accelerator;
import io.boxlite.internal.vm.machine.Hypervisor;
import io.boxlite.internal.vm.machine.MachineSpec;

/**
 * What VMs that can start from one saved state have in common.
 *
 * @param hypervisor what runs them
 * @param machine what they are made of
 */
public record VmKind(Hypervisor hypervisor, MachineSpec machine) {
  /** Returns what executes the guest's instructions. */
  public Accelerator accelerator() {
    return hypervisor.accelerator();
  }
}

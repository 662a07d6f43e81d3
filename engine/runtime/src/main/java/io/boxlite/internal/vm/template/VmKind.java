package io.boxlite.internal.vm.template;

import io.boxlite.Accelerator;
import io.boxlite.internal.vm.machine.Hypervisor;
import io.boxlite.internal.vm.machine.MachineSpec;

/**
 * The properties that all VMs started from one saved state have in common.
 *
 * @param hypervisor the hypervisor that runs them
 * @param machine the spec of their machines
 */
public record VmKind(Hypervisor hypervisor, MachineSpec machine) {
  /** Returns what executes the guest's instructions. */
  public Accelerator accelerator() {
    return hypervisor.accelerator();
  }
}

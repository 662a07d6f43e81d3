package io.boxlite.internal.vm.template;

import io.boxlite.Accelerator;
import io.boxlite.internal.host.hypervisor.QemuBinary;
import java.nio.file.Path;

/**
 * What micro-VMs that can come from one saved state have in common, everything resolved.
 *
 * @param accelerator {@link Accelerator#KVM} or {@link Accelerator#TCG}
 * @param qemu the QEMU binary
 * @param kernel the guest's kernel
 * @param initramfs the guest's first root file system, with the agent
 * @param scratchSeed the file system that the scratch disk starts as
 * @param rootImage the read-only root image, which many boxes may share
 * @param cpus virtual processors
 * @param memoryMib the guest's memory in MiB
 * @param diskMib the size of the scratch disk in MiB
 * @param addressRandomization whether the guest's programs are at other addresses in each run
 */
public record VmKind(
    Accelerator accelerator,
    QemuBinary qemu,
    Path kernel,
    Path initramfs,
    Path scratchSeed,
    Path rootImage,
    int cpus,
    int memoryMib,
    int diskMib,
    boolean addressRandomization) {

  /** Checks that nothing is left to be resolved. */
  public VmKind {
    if (accelerator == Accelerator.AUTO) {
      throw new IllegalArgumentException("accelerator is AUTO; resolve it to KVM or TCG first");
    }
  }
}

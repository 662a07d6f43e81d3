package io.boxlite.internal.vm;

import io.boxlite.Accelerator;
import io.boxlite.internal.host.QemuBinary;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a micro-VM is made of, everything resolved.
 *
 * @param id the box's id, which names folder, process and threads
 * @param hostname the guest's host name
 * @param accelerator {@link Accelerator#KVM} or {@link Accelerator#TCG}
 * @param qemu the QEMU binary
 * @param kernel the guest's kernel
 * @param initramfs the guest's first root file system, with the agent
 * @param scratchSeed the file system that the scratch disk starts as
 * @param rootImage the read-only root image, which many boxes may share
 * @param cpus virtual processors
 * @param memoryMib the guest's memory in MiB
 * @param diskMib the size of the scratch disk in MiB
 * @param startTimeout how long the guest may take until it is ready
 */
public record VmSpec(
    String id,
    String hostname,
    Accelerator accelerator,
    QemuBinary qemu,
    Path kernel,
    Path initramfs,
    Path scratchSeed,
    Path rootImage,
    int cpus,
    int memoryMib,
    int diskMib,
    Duration startTimeout) {

  /** Checks that nothing is left to be resolved. */
  public VmSpec {
    if (accelerator == Accelerator.AUTO) {
      throw new IllegalArgumentException("accelerator is AUTO; resolve it to KVM or TCG first");
    }
  }
}

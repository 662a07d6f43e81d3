package io.boxlite.internal.vm.machine;

import java.nio.file.Path;

/**
 * What a machine is made of, as every hypervisor understands it.
 *
 * @param rootImage the read-only root image, which many machines may share
 * @param cpus virtual processors
 * @param memoryMib the guest's memory in MiB
 * @param diskMib the size of the scratch disk in MiB
 * @param addressRandomization whether the guest's programs get different addresses in each run
 * @param confinement what confines its process; a machine can be restored under another one
 */
public record MachineSpec(
    Path rootImage,
    int cpus,
    int memoryMib,
    int diskMib,
    boolean addressRandomization,
    Confinement confinement) {}

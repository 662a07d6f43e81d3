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
 * @param networkCard whether the guest has a network card
 * @param confinement what confines its process; a machine can be restored under another one
 */
public record MachineSpec(
    Path rootImage,
    int cpus,
    int memoryMib,
    int diskMib,
    boolean addressRandomization,
    boolean networkCard,
    Confinement confinement) {}

package io.boxlite.internal.vm;

import io.boxlite.BoxOrigin;
import io.boxlite.internal.host.memory.MemoryReservation;

/**
 * A VM that was started for a box.
 *
 * @param vm the VM, which the box owns
 * @param origin how it was started
 * @param memory its reservation, which is released when the VM has ended
 */
public record StartedVm(Vm vm, BoxOrigin origin, MemoryReservation memory) {}

package io.boxlite.internal.vm;

import io.boxlite.BoxOrigin;
import io.boxlite.internal.host.memory.MemoryReservation;

/**
 * A machine that was started for a box.
 *
 * @param vm the machine, which is the box's from now on
 * @param origin how it came to be
 * @param memory what it was given; it gives that back by itself when it has ended
 */
public record StartedVm(Vm vm, BoxOrigin origin, MemoryReservation memory) {}

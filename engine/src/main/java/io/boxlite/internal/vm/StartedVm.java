package io.boxlite.internal.vm;

import io.boxlite.BoxOrigin;

/**
 * A machine that was started for a box.
 *
 * @param vm the machine, which is the box's from now on
 * @param origin how it came to be
 */
public record StartedVm(Vm vm, BoxOrigin origin) {}

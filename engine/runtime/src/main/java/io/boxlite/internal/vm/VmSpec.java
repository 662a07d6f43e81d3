package io.boxlite.internal.vm;

import io.boxlite.internal.vm.template.VmKind;
import java.time.Duration;

/**
 * One micro-VM.
 *
 * @param id the box's id, after which directory, process and threads are named
 * @param hostname the guest's host name
 * @param kind its hypervisor and what it is made of
 * @param startTimeout how long the guest may take until it is ready for use
 */
public record VmSpec(String id, String hostname, VmKind kind, Duration startTimeout) {}

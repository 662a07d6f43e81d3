package io.boxlite.internal.vm;

import io.boxlite.internal.vm.template.VmKind;
import java.time.Duration;

/**
 * One micro-VM.
 *
 * @param id the box's id, which is also in the names of its directory, process and threads
 * @param hostname the guest's host name
 * @param kind its hypervisor and its machine's spec
 * @param startTimeout how long the guest may take until it is ready for use
 */
public record VmSpec(String id, String hostname, VmKind kind, Duration startTimeout) {}

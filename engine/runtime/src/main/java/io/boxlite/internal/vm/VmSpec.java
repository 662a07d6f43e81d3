package io.boxlite.internal.vm;

import io.boxlite.internal.vm.template.VmKind;
import java.time.Duration;

/**
 * One micro-VM.
 *
 * @param id the box's id, which names directory, process and threads
 * @param hostname the guest's host name
 * @param kind what it is made of
 * @param startTimeout how long the guest may take until it is ready
 */
public record VmSpec(String id, String hostname, VmKind kind, Duration startTimeout) {}

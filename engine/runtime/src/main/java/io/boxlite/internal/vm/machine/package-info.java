/**
 * The seam between machines and the hypervisors that run them: what a hypervisor does, what a
 * machine is made of, and the directories that machines run in.
 */
@NullMarked
package io.boxlite.internal.vm.machine;

import org.jspecify.annotations.NullMarked;

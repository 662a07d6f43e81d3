/**
 * The interface between machines and hypervisors: what a hypervisor does, the spec of a machine,
 * and the directories that machines run in.
 */
@NullMarked
package io.boxlite.internal.vm.machine;

import org.jspecify.annotations.NullMarked;

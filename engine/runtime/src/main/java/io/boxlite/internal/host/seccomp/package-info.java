/** The system call filter of the hypervisor's process (seccomp(2)). */
@NullMarked
package io.boxlite.internal.host.seccomp;

import org.jspecify.annotations.NullMarked;

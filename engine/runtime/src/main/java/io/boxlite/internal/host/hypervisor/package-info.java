/** What this machine can run boxes with: QEMU, and KVM where it truly works. */
@NullMarked
package io.boxlite.internal.host.hypervisor;

import org.jspecify.annotations.NullMarked;

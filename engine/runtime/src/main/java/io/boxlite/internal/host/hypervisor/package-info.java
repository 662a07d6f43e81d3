/** What this machine runs boxes with: the hypervisor, and KVM if it works at hardware speed. */
@NullMarked
package io.boxlite.internal.host.hypervisor;

import org.jspecify.annotations.NullMarked;

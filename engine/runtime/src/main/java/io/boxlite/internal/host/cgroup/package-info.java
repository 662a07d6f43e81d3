/** Cgroups of this machine that limit what the process of a box can use. */
@NullMarked
package io.boxlite.internal.host.cgroup;

import org.jspecify.annotations.NullMarked;

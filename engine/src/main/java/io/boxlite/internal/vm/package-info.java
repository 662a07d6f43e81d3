/** Virtual machines: QEMU's command line, QMP, cold boot. */
@NullMarked
package io.boxlite.internal.vm;

import org.jspecify.annotations.NullMarked;

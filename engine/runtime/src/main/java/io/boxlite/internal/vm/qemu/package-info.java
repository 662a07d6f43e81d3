/** One QEMU process: its command line, the directory it runs in, its monitor and its console. */
@NullMarked
package io.boxlite.internal.vm.qemu;

import org.jspecify.annotations.NullMarked;

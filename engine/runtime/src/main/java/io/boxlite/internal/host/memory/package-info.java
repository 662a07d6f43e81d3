/** Allocates the machine's memory to the boxes of all JVMs. */
@NullMarked
package io.boxlite.internal.host.memory;

import org.jspecify.annotations.NullMarked;

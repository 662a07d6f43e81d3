/** Shares the machine's memory out to boxes, those of other JVMs included. */
@NullMarked
package io.boxlite.internal.host.memory;

import org.jspecify.annotations.NullMarked;

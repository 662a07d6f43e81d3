/** Machines: cold boots, templates made and clones restored, the warm pool. */
@NullMarked
package io.boxlite.internal.vm;

import org.jspecify.annotations.NullMarked;

/** Directories of what can be made again, which are kept within a bound. */
@NullMarked
package io.boxlite.internal.host.cache;

import org.jspecify.annotations.NullMarked;

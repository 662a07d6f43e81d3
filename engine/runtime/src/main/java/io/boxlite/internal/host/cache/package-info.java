/** Cache directories, kept within a size limit. */
@NullMarked
package io.boxlite.internal.host.cache;

import org.jspecify.annotations.NullMarked;

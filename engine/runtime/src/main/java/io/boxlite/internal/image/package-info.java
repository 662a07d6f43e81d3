/** From a reference to a read-only root file system: sources, store, layers, EROFS writer. */
@NullMarked
package io.boxlite.internal.image;

import org.jspecify.annotations.NullMarked;

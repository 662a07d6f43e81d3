/**
 * Turns an image reference into a read-only root file system: sources, store, layers, EROFS writer.
 */
@NullMarked
package io.boxlite.internal.image;

import org.jspecify.annotations.NullMarked;

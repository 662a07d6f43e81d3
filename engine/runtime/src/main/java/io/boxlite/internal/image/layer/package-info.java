/** Merges compressed layers into one tree: decompression, verification, whiteouts. */
@NullMarked
package io.boxlite.internal.image.layer;

import org.jspecify.annotations.NullMarked;

/** From compressed layers to one merged tree: decompression, verification, whiteouts. */
@NullMarked
package io.boxlite.internal.image.layer;

import org.jspecify.annotations.NullMarked;

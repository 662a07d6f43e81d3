/** Reads tar archives of all dialects that image tools write: v7, ustar, pax, GNU and star. */
@NullMarked
package io.boxlite.internal.image.tar;

import org.jspecify.annotations.NullMarked;

/**
 * Local sources of images: OCI image layouts, Docker archives, and archives of plain root file
 * systems. Each returns a {@link io.boxlite.internal.image.source.SourceImage}.
 */
@NullMarked
package io.boxlite.internal.image.source;

import org.jspecify.annotations.NullMarked;

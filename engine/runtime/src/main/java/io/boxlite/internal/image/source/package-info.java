/**
 * Where images come from: OCI image layouts, docker archives, and archives of plain root file
 * systems. Each gives a {@link io.boxlite.internal.image.source.SourceImage}.
 */
@NullMarked
package io.boxlite.internal.image.source;

import org.jspecify.annotations.NullMarked;

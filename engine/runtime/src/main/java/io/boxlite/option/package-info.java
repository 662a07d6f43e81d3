/** Reads the options of boxes from declarations, such as the annotation {@code @Box}. */
@NullMarked
package io.boxlite.option;

import org.jspecify.annotations.NullMarked;

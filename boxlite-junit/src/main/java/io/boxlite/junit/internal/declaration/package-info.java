/** Finds and reads {@link io.boxlite.junit.Box} annotations. */
@NullMarked
package io.boxlite.junit.internal.declaration;

import org.jspecify.annotations.NullMarked;

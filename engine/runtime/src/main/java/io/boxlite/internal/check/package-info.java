/**
 * Checks arguments; used by the values of {@code io.boxlite} and by the implementation. Depends on
 * nothing.
 */
@NullMarked
package io.boxlite.internal.check;

import org.jspecify.annotations.NullMarked;

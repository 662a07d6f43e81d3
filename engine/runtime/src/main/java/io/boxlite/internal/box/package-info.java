/**
 * The entry points of {@code io.boxlite} on this machine: {@link
 * io.boxlite.internal.box.LocalBoxlite} combines images, machines and guests. The topmost layer.
 */
@NullMarked
package io.boxlite.internal.box;

import org.jspecify.annotations.NullMarked;

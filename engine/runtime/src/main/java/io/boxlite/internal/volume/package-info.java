/**
 * Volumes: serves directories of this machine to guests, which mount them, in the FUSE protocol of
 * linux/fuse.h; and keeps the volumes that have names.
 */
@NullMarked
package io.boxlite.internal.volume;

import org.jspecify.annotations.NullMarked;

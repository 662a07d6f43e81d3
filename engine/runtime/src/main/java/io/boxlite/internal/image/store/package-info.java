/**
 * What the home directory keeps of images: the OCI image layout, and the root images made of it.
 */
@NullMarked
package io.boxlite.internal.image.store;

import org.jspecify.annotations.NullMarked;

/**
 * From a name to an image in the store: a client of registries (OCI distribution specification 1.1,
 * and Docker's registry API 2 before it).
 *
 * <p>A pull reads as a straight line in {@link io.boxlite.internal.image.registry.ImagePull}. What
 * a registry says is not trusted: every byte is verified against a digest or bounded, every
 * redirect and every realm is looked at before it is followed, and nothing waits for ever.
 */
@NullMarked
package io.boxlite.internal.image.registry;

import org.jspecify.annotations.NullMarked;

/**
 * Pulls images into the store: a client for registries (OCI distribution specification 1.1, and
 * Docker's registry API 2).
 *
 * <p>{@link io.boxlite.internal.image.registry.ImagePull} has the steps of a pull. Registries are
 * not trusted: every byte is verified against a digest or limited, every redirect and realm is
 * checked before it is followed, and all waiting is limited.
 */
@NullMarked
package io.boxlite.internal.image.registry;

import org.jspecify.annotations.NullMarked;

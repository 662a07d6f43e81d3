/**
 * Puts the values of secrets into the HTTP requests of a box, on their way out.
 *
 * <p>{@link io.boxlite.internal.network.secret.BoxSecrets} puts stages between the two ends of a
 * connection: {@code FirstBytes} finds out what is spoken, {@code HttpStage} changes requests, and
 * with TLS there is a {@code TlsStage} on either side of it.
 */
@NullMarked
package io.boxlite.internal.network.secret;

import org.jspecify.annotations.NullMarked;

/**
 * What a box may reach, decided for each name and each connection.
 *
 * <p>{@link io.boxlite.internal.network.BoxGateway} is the way in. It asks its {@link
 * io.boxlite.internal.network.Zone zones} one after the other: this machine's loopback address,
 * then everything outside. {@link io.boxlite.internal.network.NameLookups} asks this machine for
 * addresses, for all boxes of an engine. Nothing here opens a connection.
 */
@NullMarked
package io.boxlite.internal.network;

import org.jspecify.annotations.NullMarked;

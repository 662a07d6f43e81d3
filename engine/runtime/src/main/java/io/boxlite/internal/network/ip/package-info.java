/**
 * The engine's side of a guest's network card: Ethernet frames, IP packets, and TCP connections.
 *
 * <p>{@link io.boxlite.internal.network.ip.EthernetLink} receives frames from the hypervisor,
 * {@link io.boxlite.internal.network.ip.TcpStack} finds the connection that a packet belongs to,
 * and each connection is a {@link io.boxlite.internal.guest.StreamEnd}. Everything here takes
 * whatever a guest sends. What is not TCP is dropped.
 */
@NullMarked
package io.boxlite.internal.network.ip;

import org.jspecify.annotations.NullMarked;

/** The engine's side of the guest agent's gRPC protocol. Nothing the guest sends is trusted. */
@NullMarked
package io.boxlite.internal.guest;

import org.jspecify.annotations.NullMarked;

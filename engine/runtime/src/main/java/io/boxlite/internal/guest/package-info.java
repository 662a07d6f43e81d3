/** The engine's side of the guest agent's gRPC contract. Nothing the guest says is trusted. */
@NullMarked
package io.boxlite.internal.guest;

import org.jspecify.annotations.NullMarked;

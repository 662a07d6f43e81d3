package io.boxlite.internal.network;

import io.boxlite.internal.guest.StreamEnd;
import java.util.concurrent.CompletableFuture;

/** The ports on which the programs of a guest listen. */
public interface GuestPorts {
  /**
   * Connects to a program.
   *
   * @param port 1 to 65535
   * @return completes with the connection; otherwise with a {@link
   *     io.boxlite.internal.guest.GuestConnectException} if no program listens, or with another
   *     exception if the box is lost
   */
  CompletableFuture<StreamEnd> connect(int port);
}

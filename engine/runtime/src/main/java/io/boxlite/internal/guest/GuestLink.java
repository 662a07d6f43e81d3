package io.boxlite.internal.guest;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;

/** Opens the connection to a guest's agent. */
@FunctionalInterface
public interface GuestLink {
  /**
   * Returns a new connection. The guest has at most one at a time.
   *
   * @throws IOException when the machine does not connect, or not in time
   */
  SocketChannel open() throws IOException;

  /** Returns a link whose connection is already closed. */
  static GuestLink closed() {
    return () -> {
      SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
      socket.close();
      return socket;
    };
  }
}

package io.boxlite.internal.image.registry;

import io.boxlite.LoopbackServer;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes connections on to a server, but closes the first ones as soon as they say something. */
final class CuttingRelay implements AutoCloseable {
  private static final String NAME = "cutting-relay";

  private final LoopbackServer server;

  CuttingRelay(String target, int cut) {
    String[] address = target.split(":");
    AtomicInteger left = new AtomicInteger(cut);
    server =
        new LoopbackServer(
            NAME,
            client -> {
              if (left.getAndDecrement() > 0) {
                // All of it: what is left unread would make a reset of the end.
                client.getInputStream().read(new byte[1 << 16]);
                return;
              }
              Socket upstream = new Socket(address[0], Integer.parseInt(address[1]));
              LoopbackServer.runAll(
                  NAME, () -> copy(client, upstream), () -> copy(upstream, client));
            });
  }

  String host() {
    return "127.0.0.1:" + server.port();
  }

  private static void copy(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    }
  }

  @Override
  public void close() {
    server.close();
  }
}

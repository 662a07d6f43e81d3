package io.boxlite.internal.image.registry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes connections on to a server, but closes the first ones as soon as they say something. */
final class CuttingRelay implements AutoCloseable {
  private final ServerSocket server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final String host;
  private final int port;
  private int left;

  CuttingRelay(String target, int cut) throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    host = target.substring(0, target.indexOf(':'));
    port = Integer.parseInt(target.substring(target.indexOf(':') + 1));
    left = cut;
    start(this::accept);
  }

  String host() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = server.accept();
      sockets.add(client);
      if (left-- > 0) {
        // All of it: what is left unread would make a reset of the end.
        client.getInputStream().read(new byte[1 << 16]);
        client.close();
        continue;
      }
      Socket upstream = new Socket(host, port);
      sockets.add(upstream);
      start(() -> copy(client, upstream));
      start(() -> copy(upstream, client));
    }
  }

  private static void copy(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    }
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void start(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // Closed by one side or the other.
              }
            },
            "cutting-relay");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}

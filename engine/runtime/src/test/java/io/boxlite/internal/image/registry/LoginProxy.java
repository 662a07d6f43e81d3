package io.boxlite.internal.image.registry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A small proxy that lets through, to one server, who tells its user and its password. It does what
 * RFC 9110 says of plain requests and of {@code CONNECT} (section 9.3.6).
 */
final class LoginProxy implements AutoCloseable {
  static final String USER = "pat";
  static final String PASSWORD = "open sesame";

  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
  private final URI target;
  private final String challenge;
  private final List<String> passed = new CopyOnWriteArrayList<>();
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /**
   * Starts one.
   *
   * @param target where all requests go, as {@code HOST:PORT}
   * @param challenge what it asks with
   */
  LoginProxy(String target, String challenge) throws IOException {
    this.target = URI.create("http://" + target);
    this.challenge = challenge;
    run("login-proxy", this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** The request lines of those who came through. */
  List<String> passed() {
    return passed;
  }

  /** The request lines of the others. */
  List<String> refused() {
    return refused;
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = server.accept();
      sockets.add(client);
      run("login-proxy-connection", () -> serve(client));
    }
  }

  private void serve(Socket client) throws IOException {
    try (client) {
      String head = head(client.getInputStream());
      String line = head.substring(0, head.indexOf('\r'));
      String login =
          Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(ISO_8859_1));
      if (!head.contains("\r\nProxy-Authorization: Basic " + login + "\r\n")) {
        refused.add(line);
        answer(
            client,
            "HTTP/1.1 407 Who\r\nProxy-Authenticate: "
                + challenge
                + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
      }
      passed.add(line);
      try (Socket upstream = new Socket(target.getHost(), target.getPort())) {
        sockets.add(upstream);
        if (line.startsWith("CONNECT ")) {
          answer(client, "HTTP/1.1 200 Go on\r\n\r\n");
        } else {
          answer(
              upstream,
              head.replaceFirst(" http://[^/]*", " ")
                  .replaceFirst("\r\nProxy-Authorization: [^\r]*", "\r\nConnection: close"));
        }
        run("login-proxy-upstream", () -> client.getInputStream().transferTo(out(upstream)));
        upstream.getInputStream().transferTo(out(client));
      }
    }
  }

  private static OutputStream out(Socket socket) throws IOException {
    return socket.getOutputStream();
  }

  private static void answer(Socket socket, String text) throws IOException {
    out(socket).write(text.getBytes(ISO_8859_1));
    out(socket).flush();
  }

  /** A request's lines, with the empty one that ends them. */
  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the client has gone");
      }
      head.write(next);
    }
    return head.toString(ISO_8859_1);
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void run(String name, Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // One of both sides has had enough, or the test is over.
              }
            },
            name);
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

package io.boxlite.bench;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** What {@code transfer serve} does, on this machine's loopback address. */
final class TransferServer implements AutoCloseable {
  private static final int BACKLOG = 256;

  private final ServerSocket listening;

  TransferServer() throws IOException {
    listening = new ServerSocket(0, BACKLOG, InetAddress.getByName("127.0.0.1"));
    start(
        () -> {
          while (true) {
            Socket connection = listening.accept();
            start(() -> serve(connection));
          }
        });
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
                // The server was closed, or the client ended the connection.
              }
            },
            "transfer-server");
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return listening.getLocalPort();
  }

  private static void serve(Socket connection) throws IOException {
    try (connection) {
      connection.setTcpNoDelay(true);
      DataInputStream input = new DataInputStream(connection.getInputStream());
      OutputStream output = connection.getOutputStream();
      switch (input.read()) {
        case 'e' -> {
          for (int read; (read = input.read()) >= 0; ) {
            output.write(read);
          }
        }
        case 's' -> {
          input.transferTo(OutputStream.nullOutputStream());
          output.write('d');
        }
        case 'g' -> TransferClient.write(output, input.readInt());
        default -> {
          // It connected for the time that this takes.
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}

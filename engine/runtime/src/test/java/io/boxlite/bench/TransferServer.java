package io.boxlite.bench;

import io.boxlite.LoopbackServer;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;

/** What {@code transfer serve} does, on this machine's loopback address. */
final class TransferServer {
  private TransferServer() {}

  static LoopbackServer start() {
    return new LoopbackServer("transfer-server", TransferServer::serve);
  }

  private static void serve(Socket connection) throws IOException {
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

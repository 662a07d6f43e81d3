package io.boxlite.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.TimeUnit;

/** A query over a new connection. */
interface FirstQuery {
  /**
   * Asks.
   *
   * @return whether the server has answered; it may not yet be able to
   */
  boolean ask(Socket server) throws IOException;

  /** Asks until there is an answer, as often as a client would that is in a hurry. */
  default void await(InetSocketAddress address) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (System.nanoTime() < deadline) {
      try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) TimeUnit.MINUTES.toMillis(1));
        if (ask(socket)) {
          return;
        }
      } catch (ConnectException e) {
        // It does not listen yet.
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
    throw new IOException("no server answers at " + address);
  }

  /** {@code select 1}: PostgreSQL's documentation, "Frontend/Backend Protocol". */
  static boolean ofPostgres(Socket server) throws IOException {
    DataInputStream input = new DataInputStream(server.getInputStream());
    DataOutputStream output = new DataOutputStream(server.getOutputStream());
    ByteArrayOutputStream start = new ByteArrayOutputStream();
    new DataOutputStream(start).writeInt(3 << 16); // version 3.0
    start.writeBytes("user\0postgres\0database\0postgres\0\0".getBytes(UTF_8));
    output.writeInt(4 + start.size());
    start.writeTo(output);
    if (!readUntilReady(input).startsWith("R")) {
      return false;
    }
    byte[] query = "select 1\0".getBytes(UTF_8);
    output.writeByte('Q');
    output.writeInt(4 + query.length);
    output.write(query);
    return readUntilReady(input).contains("D"); // a row
  }

  /** Returns the types of the messages up to the one that the server is ready, or an error. */
  private static String readUntilReady(DataInputStream input) throws IOException {
    StringBuilder types = new StringBuilder();
    while (true) {
      char type = (char) input.readUnsignedByte();
      input.readFully(new byte[input.readInt() - 4]);
      types.append(type);
      if (type == 'Z' || type == 'E') {
        return types.toString();
      }
    }
  }

  /** {@code PING}. */
  static boolean ofRedis(Socket server) throws IOException {
    server.getOutputStream().write("PING\r\n".getBytes(UTF_8));
    return new String(server.getInputStream().readNBytes(7), UTF_8).equals("+PONG\r\n");
  }
}

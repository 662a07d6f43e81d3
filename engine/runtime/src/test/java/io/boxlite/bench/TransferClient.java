package io.boxlite.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/** What {@code transfer} measures, from this machine. */
record TransferClient(InetSocketAddress server) {
  private static final byte[] BLOCK = new byte[1 << 16];

  static void write(OutputStream output, int mib) throws IOException {
    for (long left = (long) mib << 20; left > 0; left -= BLOCK.length) {
      output.write(BLOCK);
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(server.getAddress(), server.getPort());
    socket.setTcpNoDelay(true);
    return socket;
  }

  /** A connection and its first byte: what forwards it may accept it before the guest does. */
  void firstByte() throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(new byte[] {'e', 1});
      expect(socket.getInputStream().read(), 1);
    }
  }

  void exchange(int number, Samples samples) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write('e');
      for (int i = 0; i < number; i++) {
        long begin = System.nanoTime();
        socket.getOutputStream().write(1);
        expect(socket.getInputStream().read(), 1);
        samples.addNanos(System.nanoTime() - begin);
      }
    }
  }

  long send(int mib) throws IOException {
    try (Socket socket = connect()) {
      long begin = System.nanoTime();
      socket.getOutputStream().write('s');
      write(socket.getOutputStream(), mib);
      socket.shutdownOutput();
      expect(socket.getInputStream().read(), 'd');
      return System.nanoTime() - begin;
    }
  }

  long receive(int mib) throws IOException {
    try (Socket socket = connect()) {
      long begin = System.nanoTime();
      socket.getOutputStream().write(new byte[] {'g', 0, 0, (byte) (mib >> 8), (byte) mib});
      expect(socket.getInputStream().transferTo(OutputStream.nullOutputStream()), (long) mib << 20);
      return System.nanoTime() - begin;
    }
  }

  private static void expect(long actual, long expected) throws IOException {
    if (actual != expected) {
      throw new IOException("the server answered " + actual + " instead of " + expected);
    }
  }
}

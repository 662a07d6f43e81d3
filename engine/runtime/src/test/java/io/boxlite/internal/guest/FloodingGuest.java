package io.boxlite.internal.guest;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A guest that starts as HTTP/2 requires (RFC 9113, section 3.4), and then writes the same frames
 * again and again, as fast as they are accepted.
 */
final class FloodingGuest implements AutoCloseable {
  private static final int FRAMES_AT_ONCE = 1000;

  private final ServerSocketChannel listener;
  private final Path socket;
  private final AtomicLong written = new AtomicLong();
  private final Thread thread;
  private final boolean reading;

  /**
   * Waits for its host.
   *
   * @param flood what it writes
   * @param reading whether it also reads what it is sent
   */
  FloodingGuest(Path socket, byte[] flood, boolean reading) throws IOException {
    this.socket = socket;
    this.reading = reading;
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    thread = new Thread(() -> run(flood), "flooding-guest");
    thread.setDaemon(true);
    thread.start();
  }

  /** Connects a client to this guest. */
  GuestLink link() {
    return () -> SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  /** Returns how many bytes were accepted. */
  long written() {
    return written.get();
  }

  static byte[] frame(int type, int flags, int stream, byte... payload) {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.putInt(payload.length << 8 | type).put((byte) flags).putInt(stream).put(payload);
    return frame.array();
  }

  private void run(byte[] flood) {
    ByteBuffer many = ByteBuffer.allocate(flood.length * FRAMES_AT_ONCE);
    for (int i = 0; i < FRAMES_AT_ONCE; i++) {
      many.put(flood);
    }
    ByteBuffer sink = ByteBuffer.allocate(1 << 16);
    try (listener;
        SocketChannel host = listener.accept()) {
      host.write(ByteBuffer.wrap(frame(4, 0, 0)));
      host.write(ByteBuffer.wrap(frame(4, 1, 0)));
      // A call of the host makes it read.
      host.read(sink);
      host.configureBlocking(false);
      while (true) {
        if (reading && host.read(sink.clear()) < 0) {
          return;
        }
        written.addAndGet(host.write(many.hasRemaining() ? many : many.rewind()));
      }
    } catch (IOException e) {
      // The host has closed the connection.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

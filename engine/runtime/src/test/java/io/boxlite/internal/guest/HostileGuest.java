package io.boxlite.internal.guest;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A guest that sends prepared frames, each as soon as the host is as far as when it was recorded.
 */
final class HostileGuest implements AutoCloseable {
  /** What the guest does when it has sent everything. */
  enum Ending {
    /** It closes the connection. */
    CLOSE,
    /** It sends nothing any more. */
    SILENCE,
    /** It answers pings, as a kernel that works would, and sends nothing else. */
    PINGS
  }

  private static final byte[] PONG = FrameReader.PING.clone();

  static {
    PONG[4] = GuestFrame.ACK;
  }

  private final Path socket;
  private final ServerSocketChannel listener;
  private final List<GuestFrame> frames;
  private final Ending ending;
  private final AtomicLong sent = new AtomicLong();
  private final HostView host = new HostView();
  private final Thread thread;

  HostileGuest(Path socket, List<GuestFrame> frames, Ending ending) throws IOException {
    this.socket = socket;
    this.frames = frames;
    this.ending = ending;
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    thread = new Thread(this::run, "hostile-guest");
    thread.setDaemon(true);
    thread.start();
  }

  /** Connects a client to this guest. */
  GuestLink link() {
    return () -> SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  /** Returns how many bytes of the frames were accepted. */
  long sent() {
    return sent.get();
  }

  private void run() {
    try (SocketChannel client = listener.accept()) {
      Thread reader = new Thread(() -> read(client), "hostile-guest-reader");
      reader.setDaemon(true);
      reader.start();
      for (GuestFrame frame : frames) {
        host.await(frame.afterSteps());
        send(client, frame.bytes());
        sent.addAndGet(frame.bytes().length);
      }
      if (ending != Ending.CLOSE) {
        reader.join();
      }
      client.close();
      reader.join();
    } catch (IOException e) {
      // The host has closed the connection.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(SocketChannel client) {
    ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
    try {
      while (client.read(chunk) >= 0) {
        host.take(chunk.flip());
        if (ending == Ending.PINGS && endsWithPing(chunk.rewind())) {
          send(client, PONG);
        }
        chunk.clear();
      }
    } catch (IOException e) {
      // The host has closed the connection.
    } finally {
      host.end();
    }
  }

  private static boolean endsWithPing(ByteBuffer bytes) {
    int start = bytes.limit() - FrameReader.PING.length;
    return start >= 0
        && bytes.slice(start, FrameReader.PING.length).equals(ByteBuffer.wrap(FrameReader.PING));
  }

  private void send(SocketChannel client, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    synchronized (client) { // so that a frame is not cut by an answer to a ping
      while (left.hasRemaining()) {
        client.write(left);
      }
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    listener.close();
    thread.join();
    Files.deleteIfExists(socket);
  }
}

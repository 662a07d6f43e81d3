package io.boxlite.internal.guest;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Relays one connection to a guest, and records what the guest sends. */
final class Recorder implements AutoCloseable {
  /** Sent at any time, so they would make each recording different; and not needed. */
  private static final Set<Integer> LEFT_OUT = Set.of(GuestFrame.PING, GuestFrame.WINDOW_UPDATE);

  private final Path socket;
  private final ServerSocketChannel listener;
  private final HostView host = new HostView();
  private final List<GuestFrame> frames = new ArrayList<>(); // guarded by itself
  private final Thread thread;

  Recorder(Path socket, GuestLink guest) throws IOException {
    this.socket = socket;
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    thread = new Thread(() -> relay(guest), "recorder");
    thread.setDaemon(true);
    thread.start();
  }

  GuestLink link() {
    return () -> SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  /** Returns what the guest has sent, with one message in each frame of data. */
  List<GuestFrame> frames() {
    synchronized (frames) {
      return List.copyOf(frames);
    }
  }

  private void relay(GuestLink link) {
    try (SocketChannel client = listener.accept();
        SocketChannel guest = link.open()) {
      Thread up = new Thread(() -> copyUp(client, guest), "recorder-up");
      up.setDaemon(true);
      up.start();
      ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
      ByteBuffer received = ByteBuffer.allocate(1 << 20);
      while (guest.read(chunk) >= 0) {
        received.put(chunk.flip());
        for (byte[] bytes : GuestFrame.take(received)) {
          GuestFrame frame = new GuestFrame(bytes, host.steps());
          if (!LEFT_OUT.contains(frame.type())) {
            synchronized (frames) {
              frames.addAll(frame.type() == GuestFrame.DATA ? frame.messages() : List.of(frame));
            }
          }
        }
        writeAll(client, chunk.rewind());
        chunk.clear();
      }
    } catch (IOException e) {
      // One of them has closed the connection.
    }
  }

  private void copyUp(SocketChannel client, SocketChannel guest) {
    ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
    try {
      while (client.read(chunk) >= 0) {
        host.take(chunk.flip());
        writeAll(guest, chunk.rewind());
        chunk.clear();
      }
      guest.close();
    } catch (IOException e) {
      // One of them has closed the connection.
    }
  }

  private static void writeAll(SocketChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void close() throws Exception {
    listener.close();
    thread.join();
  }
}

package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.Deadline;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A Unix socket to which QEMU connects a device of the guest. The engine listens, so that QEMU
 * needs neither a directory that it may write to nor the right to accept connections.
 */
final class SocketPort implements AutoCloseable {
  private final ServerSocketChannel listener;

  private final String device;

  private SocketPort(ServerSocketChannel listener, String device) {
    this.listener = listener;
    this.device = device;
  }

  /**
   * Listens for QEMU.
   *
   * @param device what QEMU connects, for messages, such as "the agent's port"
   * @param path a path that fits into a socket's address; must not exist
   */
  static SocketPort listen(String device, Path path) throws IOException {
    return new SocketPort(SocketFile.listen(path), device);
  }

  /**
   * Returns the next connection of QEMU, which the caller owns.
   *
   * @throws IOException when QEMU does not connect in time
   */
  SocketChannel accept(Duration timeout) throws IOException {
    SocketChannel first = listener.accept();
    return first == null ? await(Deadline.in(timeout)) : first;
  }

  private SocketChannel await(Deadline deadline) throws IOException {
    try (Selector selector = Selector.open()) {
      listener.register(selector, SelectionKey.OP_ACCEPT);
      while (true) {
        SocketChannel next = listener.accept();
        if (next != null) {
          return next;
        }
        long left = deadline.left().toMillis();
        if (left <= 0 || Thread.currentThread().isInterrupted()) {
          throw new IOException(
              "QEMU did not connect " + device + " within " + deadline.whole().toMillis() + " ms");
        }
        selector.select(left);
        selector.selectedKeys().clear();
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}

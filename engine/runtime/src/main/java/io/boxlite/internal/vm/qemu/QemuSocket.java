package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.ThreadEnd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A Unix socket that QEMU connects to when it starts. The engine listens first, so it need not poll
 * until QEMU does.
 *
 * <p>All reading and writing is done by the socket's own thread: interrupting a thread that writes
 * to a channel closes the channel, and would end the connection of a running box.
 */
final class QemuSocket implements AutoCloseable {
  /** Receives what QEMU sends, on the socket's own thread. */
  interface Receiver {
    void received(ByteBuffer bytes);

    /** Called first, when QEMU has connected. */
    default void connected() {}

    /** Called last; nothing is received afterwards. */
    void ended(String why);
  }

  private static final int MOST_UNSENT = 1 << 20;
  private static final int CHUNK = 8192;

  /**
   * How many bytes QEMU may send at any speed, and then per second. A guest that floods the socket
   * is throttled, so that it uses little processor time of the host. A real serial port is slower.
   */
  private static final long FREE_BYTES = 4 << 20;

  private static final long BYTES_PER_SECOND = 4 << 20;

  /**
   * How long to wait for the last bytes of a QEMU that has ended. They are available at once, but
   * the host may be busy.
   */
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(5);

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private final Receiver receiver;
  private final ServerSocketChannel listener;
  private final Selector selector;
  private final Thread thread;
  private final Deque<ByteBuffer> unsent = new ArrayDeque<>(); // guarded by itself
  private int unsentBytes; // guarded by unsent
  private volatile boolean peerGone;
  private volatile boolean closed;

  private QemuSocket(
      ServerSocketChannel listener, Selector selector, String name, Receiver receiver) {
    this.listener = listener;
    this.selector = selector;
    this.receiver = receiver;
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /**
   * Listens for one connection, from which about 4 MiB/s are read at most.
   *
   * @param path a path that fits into a socket's address; must not exist
   * @param name the name of the socket's thread
   */
  static QemuSocket listen(Path path, String name, Receiver receiver) throws IOException {
    ServerSocketChannel listener = SocketFile.listen(path);
    try {
      Selector selector = Selector.open();
      listener.register(selector, SelectionKey.OP_ACCEPT);
      QemuSocket socket = new QemuSocket(listener, selector, name, receiver);
      socket.thread.start();
      return socket;
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  /**
   * Queues a message, which the socket's thread sends.
   *
   * @throws IOException if too much is queued because QEMU does not read
   */
  void send(byte[] message) throws IOException {
    synchronized (unsent) {
      if (unsentBytes + message.length > MOST_UNSENT) {
        throw new IOException("QEMU does not read its input");
      }
      unsent.add(ByteBuffer.wrap(message));
      unsentBytes += message.length;
    }
    selector.wakeup();
  }

  /**
   * Receives the remaining bytes of a QEMU that has ended, and returns when all have been received.
   */
  void drain() {
    peerGone = true;
    selector.wakeup();
    awaitThread(DRAIN_TIMEOUT);
  }

  /** Closes the connection and ends the thread. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    awaitThread(CLOSE_TIMEOUT);
  }

  private void awaitThread(Duration timeout) {
    if (Thread.currentThread() != thread) {
      ThreadEnd.await(thread, timeout);
    }
  }

  private void run() {
    String why = "QEMU has closed the connection";
    try (selector;
        listener) {
      SocketChannel qemu = accept();
      if (qemu == null) {
        why = closed ? "it was closed" : "QEMU has ended before it connected";
      } else {
        try (qemu) {
          receiver.connected();
          carry(qemu);
        }
      }
    } catch (IOException | ClosedSelectorException e) {
      why = "reading failed (" + e + ")";
    } finally {
      receiver.ended(closed ? "it was closed" : why);
    }
  }

  private @Nullable SocketChannel accept() throws IOException {
    while (!closed) {
      boolean lastTry = peerGone;
      SocketChannel qemu = listener.accept();
      if (qemu != null) {
        listener.close();
        qemu.configureBlocking(false);
        return qemu;
      }
      if (lastTry) {
        return null;
      }
      selector.select();
      selector.selectedKeys().clear();
    }
    return null;
  }

  private void carry(SocketChannel qemu) throws IOException {
    SelectionKey key = qemu.register(selector, SelectionKey.OP_READ);
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    long total = 0;
    while (!closed) {
      boolean allSent = sendUnsent(qemu);
      int length = qemu.read(buffer);
      if (length < 0) {
        return;
      }
      if (length > 0) {
        receiver.received(buffer.flip());
        buffer.clear();
        total += length;
        if (total > FREE_BYTES) {
          pause(length * TimeUnit.SECONDS.toNanos(1) / BYTES_PER_SECOND);
        }
      } else {
        key.interestOps(
            allSent ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        selector.select();
        selector.selectedKeys().clear();
      }
    }
  }

  private static void pause(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      // Only close() ends this thread.
    }
  }

  private boolean sendUnsent(SocketChannel qemu) throws IOException {
    synchronized (unsent) {
      for (ByteBuffer next = unsent.peek(); next != null; next = unsent.peek()) {
        unsentBytes -= qemu.write(next);
        if (next.hasRemaining()) {
          return false;
        }
        unsent.remove();
      }
      return true;
    }
  }
}

package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.ThreadEnd;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
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
 * A Unix socket that QEMU connects to when it starts: the connection cannot come too early, and
 * nobody has to ask again and again whether it is there.
 *
 * <p>A thread of its own does all reading and writing, for an interrupt of a thread that writes to
 * a channel closes it, and with it the connection of a box that goes on.
 */
final class QemuSocket implements AutoCloseable {
  /** Receives what QEMU sends, on the socket's own thread. */
  interface Receiver {
    void received(ByteBuffer bytes);

    /** The last call; nothing is received afterwards. */
    void ended(String why);
  }

  private static final int MOST_UNSENT = 1 << 20;
  private static final int CHUNK = 8192;

  /**
   * What QEMU may send at any speed, and how many bytes a second afterwards: one that floods is
   * held up, and takes little of this machine's time. A serial port is not as fast.
   */
  private static final long FREE_BYTES = 4 << 20;

  private static final long BYTES_A_SECOND = 4 << 20;

  /** The end of what a dead QEMU has sent comes at once, when this machine comes to it. */
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
   * Listens for one connection, of which no more than some 4 MiB/s are read.
   *
   * @param path a path that fits a socket's address; nothing may be there
   * @param name what the reading thread is called
   */
  static QemuSocket listen(Path path, String name, Receiver receiver) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(UnixDomainSocketAddress.of(path), 1);
      listener.configureBlocking(false);
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
   * Sends a message, which is on its way when this returns.
   *
   * @throws IOException when QEMU has long not read what was sent
   */
  void send(byte[] message) throws IOException {
    synchronized (unsent) {
      if (unsentBytes + message.length > MOST_UNSENT) {
        throw new IOException("QEMU does not read what is sent to it");
      }
      unsent.add(ByteBuffer.wrap(message));
      unsentBytes += message.length;
    }
    selector.wakeup();
  }

  /**
   * Receives what is left of a QEMU that has ended, before this returns. Nobody else will connect.
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
          carry(qemu);
        }
      }
    } catch (IOException | ClosedSelectorException e) {
      why = "it cannot be read (" + e + ")";
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
          pause(length * TimeUnit.SECONDS.toNanos(1) / BYTES_A_SECOND);
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
      // Nobody but close() ends this thread.
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

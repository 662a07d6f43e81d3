package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.Deadline;
import io.boxlite.text.VisibleText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Keeps the last output of the guest's kernel and agent on the serial console. The rest is
 * discarded, so a guest cannot fill the host's disk or memory.
 */
final class Console implements QemuSocket.Receiver, AutoCloseable {
  private static final int KEPT = 8 << 10;

  private final Runnable onConnect;
  private final byte[] ring = new byte[KEPT];
  private final QemuSocket socket;
  private long written; // guarded by this
  private boolean ended; // guarded by this

  /**
   * Listens for QEMU.
   *
   * @param path a path that fits a socket's address
   * @param box the box's id
   * @param onConnect runs when QEMU has connected
   */
  Console(Path path, String box, Runnable onConnect) throws IOException {
    this.onConnect = onConnect;
    socket = QemuSocket.listen(path, "boxlite-" + box + "-console", this);
  }

  @Override
  public void connected() {
    onConnect.run();
  }

  @Override
  public synchronized void received(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      int start = (int) (written % KEPT);
      int length = Math.min(bytes.remaining(), KEPT - start);
      bytes.get(ring, start, length);
      written += length;
    }
    notifyAll();
  }

  @Override
  public synchronized void ended(String why) {
    ended = true; // what was kept can still be read
    notifyAll();
  }

  /**
   * Waits until the guest has written a line. Returns false when it does not in time, or QEMU ends.
   *
   * @param line a line that is written only once
   */
  boolean await(String line, Duration timeout) throws InterruptedException {
    Deadline deadline = Deadline.in(timeout);
    synchronized (this) {
      while (tail().lines().noneMatch(line::equals)) {
        long left = deadline.left().toMillis();
        if (ended || left <= 0) {
          return false;
        }
        wait(left);
      }
    }
    return true;
  }

  /** Returns the last lines that were written, as text that is safe to print. */
  String tail() {
    byte[] kept;
    synchronized (this) {
      int length = (int) Math.min(written, KEPT);
      kept = new byte[length];
      int start = (int) ((written - length) % KEPT);
      int first = Math.min(length, KEPT - start);
      System.arraycopy(ring, start, kept, 0, first);
      System.arraycopy(ring, 0, kept, first, length - first);
    }
    String text = new String(kept, StandardCharsets.UTF_8).replace("\r", "");
    return VisibleText.of(text).strip();
  }

  /** Reads the remaining output of a QEMU that has ended. */
  void drain() {
    socket.drain();
  }

  /** Closes the connection. What was read stays available. */
  @Override
  public void close() {
    socket.close();
  }
}

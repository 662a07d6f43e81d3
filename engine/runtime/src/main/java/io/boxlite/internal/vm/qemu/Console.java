package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.Deadline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the guest's kernel and agent write to the serial console, of which the end is kept: a guest
 * can write as much as it likes, and neither the host's disk nor its memory fills.
 */
final class Console implements QemuSocket.Receiver, AutoCloseable {
  private static final int KEPT = 8 << 10;

  private final byte[] ring = new byte[KEPT];
  private final QemuSocket socket;
  private long written; // guarded by this
  private boolean ended; // guarded by this

  /**
   * Listens for QEMU.
   *
   * @param path a path that fits a socket's address
   * @param box the box's id
   */
  Console(Path path, String box) throws IOException {
    socket = QemuSocket.listen(path, "boxlite-" + box + "-console", this);
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
    ended = true; // what was kept stays to be read
    notifyAll();
  }

  /**
   * Waits until the guest has written this line, and says whether it has: not when it stays silent
   * for too long, or QEMU ends.
   *
   * @param line a line that comes but once
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

  /** The last lines that were written, as text that is safe to print. */
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
    return printable(new String(kept, StandardCharsets.UTF_8));
  }

  /** Says that QEMU has ended, and waits until its last words were read. */
  void drain() {
    socket.drain();
  }

  /** Ends the connection. What was read stays. */
  @Override
  public void close() {
    socket.close();
  }

  /** A guest must not steer the terminal or the log that its console's tail ends up in. */
  private static String printable(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    text.codePoints()
        .filter(c -> c == '\n' || c == '\t' || !Character.isISOControl(c))
        .forEach(kept::appendCodePoint);
    return kept.toString().strip();
  }
}

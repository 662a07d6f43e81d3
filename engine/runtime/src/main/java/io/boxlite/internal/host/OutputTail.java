package io.boxlite.internal.host;

import io.boxlite.text.VisibleText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the last part of a process's output, in bounded memory. A process that writes very much is
 * slowed down, as by a full pipe, so that it costs little processor time.
 */
final class OutputTail {
  private static final int KEPT = 64 << 10;

  /** More output than QEMU ever writes; up to this, a process is not slowed down. */
  private static final long FREE_BYTES = 1 << 20;

  private static final long BYTES_PER_SECOND = 1 << 20;

  private final byte[] ring = new byte[KEPT];
  private long written; // guarded by this

  /** Reads to the end of the stream, even if this thread is interrupted. */
  void readAll(InputStream in) {
    byte[] chunk = new byte[8 << 10];
    long total = 0;
    try {
      for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
        add(chunk, length);
        total += length;
        if (total > FREE_BYTES) {
          pause(length * TimeUnit.SECONDS.toNanos(1) / BYTES_PER_SECOND);
        }
      }
    } catch (IOException e) {
      // As good as the end of the stream.
    }
  }

  private synchronized void add(byte[] bytes, int length) {
    int start = (int) (written % KEPT);
    int first = Math.min(length, KEPT - start);
    System.arraycopy(bytes, 0, ring, start, first);
    System.arraycopy(bytes, first, ring, 0, length - first);
    written += length;
  }

  /**
   * Returns the last part of the output as text that is safe to print. If the beginning is missing,
   * the text begins at the start of a line.
   *
   * @param most the maximum length in bytes, up to 64 KiB
   */
  String text(int most) {
    byte[] bytes;
    boolean whole;
    synchronized (this) {
      int length = (int) Math.min(written, Math.min(most, KEPT));
      bytes = new byte[length];
      int start = (int) ((written - length) % KEPT);
      int first = Math.min(length, KEPT - start);
      System.arraycopy(ring, start, bytes, 0, first);
      System.arraycopy(ring, 0, bytes, first, length - first);
      whole = length == written;
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    int firstLine = whole ? 0 : text.indexOf('\n') + 1;
    return VisibleText.of(text.substring(firstLine)).stripTrailing();
  }

  private static void pause(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      // The thread that reads must live as long as the process does.
    }
  }
}

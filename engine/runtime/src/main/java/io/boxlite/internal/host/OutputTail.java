package io.boxlite.internal.host;

import io.boxlite.text.VisibleText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * The end of what a process writes. However much that is, it takes no more memory, no disk, and
 * little of this machine's time: a process that floods is held up as by a full pipe.
 */
final class OutputTail {
  private static final int KEPT = 64 << 10;

  /** More than an honest program ever says, which is not held up. */
  private static final long FREE_BYTES = 1 << 20;

  private static final long BYTES_A_SECOND = 1 << 20;

  private final byte[] ring = new byte[KEPT];
  private long written; // guarded by this

  /** Reads to the end of the stream; an interrupt does not end it. */
  void readAll(InputStream in) {
    byte[] chunk = new byte[8 << 10];
    long total = 0;
    try {
      for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
        add(chunk, length);
        total += length;
        if (total > FREE_BYTES) {
          pause(length * TimeUnit.SECONDS.toNanos(1) / BYTES_A_SECOND);
        }
      }
    } catch (IOException e) {
      // The pipe is as good as at its end.
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
   * The end of what was written, as text that is safe to print; where the beginning is missing, it
   * starts with a whole line.
   *
   * @param most how many bytes, at most 64 KiB
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
      // Whoever interrupts, the thread that reads must live as long as the process does.
    }
  }
}

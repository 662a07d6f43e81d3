package io.boxlite.internal.guest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a guest learns from the bytes that the host sends: how far it is. */
final class HostView {
  private static final int PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII).length;

  private final ByteBuffer received = ByteBuffer.allocate(1 << 17);
  private int prefaceLeft = PREFACE;
  private int steps;
  private boolean over;

  /** Processes the next bytes, of which there are at most 64 KiB. */
  synchronized void take(ByteBuffer bytes) {
    while (prefaceLeft > 0 && bytes.hasRemaining()) {
      bytes.get();
      prefaceLeft--;
    }
    received.put(bytes);
    for (byte[] frame : GuestFrame.take(received)) {
      GuestFrame sent = new GuestFrame(frame, 0);
      boolean data = sent.type() == GuestFrame.DATA;
      if (sent.type() == GuestFrame.HEADERS) {
        steps++;
        data = true;
      }
      if (data && (sent.flags() & GuestFrame.END_STREAM) != 0) {
        steps++;
      }
    }
    notifyAll();
  }

  synchronized void end() {
    over = true;
    notifyAll();
  }

  /** Returns how many calls the host has begun, and requests ended, both together. */
  synchronized int steps() {
    return steps;
  }

  /** Waits until the host has taken this number of steps, or will not any more. */
  synchronized void await(int number) throws InterruptedException {
    long giveUp = System.nanoTime() + 10_000_000_000L;
    while (steps < number && !over && System.nanoTime() < giveUp) {
      wait(1000);
    }
  }
}

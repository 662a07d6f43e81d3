package io.boxlite.internal.guest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a guest learns from the bytes that the host sends: which streams it has opened. */
final class HostView {
  private static final int PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII).length;

  private final ByteBuffer received = ByteBuffer.allocate(1 << 17);
  private int prefaceLeft = PREFACE;
  private int lastStream;
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
      if (sent.type() == GuestFrame.HEADERS) {
        lastStream = Math.max(lastStream, sent.stream());
      }
    }
    notifyAll();
  }

  synchronized void end() {
    over = true;
    notifyAll();
  }

  synchronized int lastStream() {
    return lastStream;
  }

  /** Waits until the host has opened a stream, or will not any more. */
  synchronized void await(int stream) throws InterruptedException {
    long giveUp = System.nanoTime() + 10_000_000_000L;
    while (lastStream < stream && !over && System.nanoTime() < giveUp) {
      wait(1000);
    }
  }
}

package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;

/** The end of an output stream. Positions count all bytes since the start of the stream. */
final class KeptOutput {
  /** How many bytes are kept. */
  static final int KEPT_BYTES = 1 << 20;

  private static final int FIRST_BYTES = 4 << 10;

  private byte[] ring = new byte[FIRST_BYTES]; // a byte is at its position modulo the length
  private long start;
  private long end;

  /** Returns the position of the first byte that is kept. */
  long start() {
    return start;
  }

  /** Returns the position after the last byte. */
  long end() {
    return end;
  }

  void add(ByteString bytes) {
    ByteString last = bytes;
    if (bytes.size() > KEPT_BYTES) {
      skip(bytes.size() - KEPT_BYTES);
      last = bytes.substring(bytes.size() - KEPT_BYTES);
    }
    grow((int) Math.min(KEPT_BYTES, end - start + last.size()));
    int at = (int) (end % ring.length);
    int first = Math.min(last.size(), ring.length - at);
    last.substring(0, first).copyTo(ring, at);
    last.substring(first).copyTo(ring, 0);
    end += last.size();
    start = Math.max(start, end - KEPT_BYTES);
  }

  /** Skips bytes that nobody has; what came before them is dropped as well. */
  void skip(long bytes) {
    end = Math.addExact(end, bytes);
    start = end;
  }

  /** Copies what follows a position that is kept; returns how many bytes. */
  int read(long position, byte[] target, int offset, int length) {
    int count = (int) Math.min(length, end - position);
    int at = (int) (position % ring.length);
    int first = Math.min(count, ring.length - at);
    System.arraycopy(ring, at, target, offset, first);
    System.arraycopy(ring, 0, target, offset + first, count - first);
    return count;
  }

  byte[] all() {
    byte[] all = new byte[(int) (end - start)];
    read(start, all, 0, all.length);
    return all;
  }

  private void grow(int needed) {
    if (needed <= ring.length) {
      return;
    }
    byte[] kept = all();
    ring = new byte[Math.min(KEPT_BYTES, Math.max(needed, 2 * ring.length))];
    for (int i = 0; i < kept.length; i++) {
      ring[(int) ((start + i) % ring.length)] = kept[i];
    }
  }
}

package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import java.util.ArrayDeque;

/**
 * A queue of bytes in segments of equal size. It uses as much memory as it holds bytes, plus at
 * most two segments, however small the added pieces are.
 */
final class ByteQueue {
  private static final int SEGMENT = 32 << 10;

  private final ArrayDeque<byte[]> segments = new ArrayDeque<>();
  private int first; // index of the first byte in the first segment
  private int last; // index after the last byte in the last segment
  private long size;

  long size() {
    return size;
  }

  void add(ByteString bytes) {
    int from = 0;
    while (from < bytes.size()) {
      if (segments.isEmpty() || last == SEGMENT) {
        segments.addLast(new byte[SEGMENT]);
        last = 0;
      }
      int count = Math.min(bytes.size() - from, SEGMENT - last);
      bytes.substring(from, from + count).copyTo(segments.getLast(), last);
      from += count;
      last += count;
    }
    size += bytes.size();
  }

  /** Removes at most {@code length} bytes and returns how many; 0 if the queue is empty. */
  int take(byte[] target, int offset, int length) {
    int taken = 0;
    while (taken < length && size > 0) {
      byte[] segment = segments.getFirst();
      int count = Math.min(length - taken, inFirst());
      System.arraycopy(segment, first, target, offset + taken, count);
      taken += count;
      drop(count);
    }
    return taken;
  }

  /**
   * Discards bytes from the start so that at most this many are left. Returns whether any were
   * discarded.
   */
  boolean trimTo(long most) {
    boolean trimmed = size > most;
    while (size > most) {
      drop((int) Math.min(size - most, inFirst()));
    }
    return trimmed;
  }

  /** Returns the number of bytes in the first segment. */
  private int inFirst() {
    return (segments.size() == 1 ? last : SEGMENT) - first;
  }

  /** Discards bytes from the first segment. */
  private void drop(int count) {
    boolean whole = count == inFirst();
    first += count;
    size -= count;
    if (whole) {
      first = 0;
      if (segments.size() == 1) {
        last = 0;
      } else {
        segments.removeFirst();
      }
    }
  }

  byte[] takeAll() {
    byte[] all = new byte[Math.toIntExact(size)];
    take(all, 0, all.length);
    return all;
  }

  void clear() {
    segments.clear();
    first = 0;
    size = 0;
  }
}

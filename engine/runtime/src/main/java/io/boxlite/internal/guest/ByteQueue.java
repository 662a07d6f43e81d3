package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import java.util.ArrayDeque;

/**
 * Bytes in the order they came, in segments of one size: what it holds in memory is what it was
 * given plus two segments at most, however small the pieces were.
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

  /** Takes at most {@code length} bytes out, and says how many; none when it is empty. */
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

  /** Throws the first bytes away, so that at most this many are left; whether there were any. */
  boolean trimTo(long most) {
    boolean trimmed = size > most;
    while (size > most) {
      drop((int) Math.min(size - most, inFirst()));
    }
    return trimmed;
  }

  /** How many bytes the first segment holds. */
  private int inFirst() {
    return (segments.size() == 1 ? last : SEGMENT) - first;
  }

  /** Drops bytes of the first segment. */
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

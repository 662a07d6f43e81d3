package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Bytes that wait, first in, first out. However small the added pieces are, the queue uses at most
 * about twice as much memory as it holds bytes.
 */
public final class ByteQueue {
  /** Parts that are not larger together are joined, by copying them. */
  private static final int MAX_JOINED_BYTES = 1 << 10;

  private final Deque<ByteString> parts = new ArrayDeque<>(1);
  private int size;

  /** Returns the number of bytes in it. */
  public int size() {
    return size;
  }

  /** Returns whether nothing waits. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** Adds bytes at the end. */
  public void add(ByteString data) {
    if (data.isEmpty()) {
      return;
    }
    size += data.size();
    ByteString last = parts.peekLast();
    if (last != null && last.size() + data.size() <= MAX_JOINED_BYTES) {
      parts.removeLast();
      parts.add(joined(last, data));
    } else {
      parts.add(data);
    }
  }

  /** {@link ByteString#concat} would make a tree of small nodes. */
  private static ByteString joined(ByteString one, ByteString other) {
    byte[] both = new byte[one.size() + other.size()];
    one.copyTo(both, 0);
    other.copyTo(both, one.size());
    return UnsafeByteOperations.unsafeWrap(both); // nothing else has the array
  }

  /**
   * Returns some of the first bytes, which go on waiting: as many as lie together.
   *
   * @throws java.util.NoSuchElementException if nothing waits
   */
  public ByteString first() {
    return parts.getFirst();
  }

  /**
   * Removes and returns some of the first bytes: as many as lie together.
   *
   * @param most the limit, at least 1
   * @throws java.util.NoSuchElementException if nothing waits
   */
  public ByteString take(int most) {
    ByteString first = parts.removeFirst();
    if (first.size() > most) {
      parts.addFirst(first.substring(most));
      first = first.substring(0, most);
    }
    size -= first.size();
    return first;
  }

  /** Removes at most {@code length} bytes and returns how many; 0 if nothing waits. */
  int take(byte[] target, int offset, int length) {
    int taken = 0;
    while (taken < length && size > 0) {
      ByteString part = take(length - taken);
      part.copyTo(target, offset + taken);
      taken += part.size();
    }
    return taken;
  }

  /** Removes and returns all bytes. */
  public ByteString takeAll() {
    ByteString all = ByteString.copyFrom(parts);
    clear();
    return all;
  }

  /**
   * Removes bytes from the start.
   *
   * @param length at most the size
   */
  public void remove(int length) {
    for (int left = length; left > 0; ) {
      left -= take(left).size();
    }
  }

  /**
   * Removes bytes from the start so that at most this many are left. Returns whether any were
   * removed.
   */
  boolean trimTo(long most) {
    if (size <= most) {
      return false;
    }
    remove(size - (int) most);
    return true;
  }

  /**
   * Passes on some of the bytes, part by part, which go on waiting.
   *
   * @param offset how many bytes to skip
   * @param length how many bytes to pass on, at most the size without the offset
   */
  public void forEach(int offset, int length, Consumer<ByteBuffer> action) {
    int skip = offset;
    int left = length;
    for (ByteString part : parts) {
      if (left == 0) {
        return;
      }
      if (skip >= part.size()) {
        skip -= part.size();
        continue;
      }
      int taken = Math.min(left, part.size() - skip);
      action.accept(part.substring(skip, skip + taken).asReadOnlyByteBuffer());
      left -= taken;
      skip = 0;
    }
  }

  /** Drops everything. */
  public void clear() {
    parts.clear();
    size = 0;
  }
}

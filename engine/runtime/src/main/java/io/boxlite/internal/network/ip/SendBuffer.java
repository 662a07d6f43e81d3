package io.boxlite.internal.network.ip;

import com.google.protobuf.ByteString;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;

/** The data for a guest that it has not acknowledged. */
final class SendBuffer {
  private final Deque<ByteString> parts = new ArrayDeque<>(1);
  private int size;

  /** Returns the number of bytes in it. */
  int size() {
    return size;
  }

  void append(ByteString data) {
    if (!data.isEmpty()) {
      parts.add(data);
      size += data.size();
    }
  }

  /** Copies some of its bytes. */
  void copyTo(ByteBuf target, int offset, int length) {
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
      target.writeBytes(part.substring(skip, skip + taken).asReadOnlyByteBuffer());
      left -= taken;
      skip = 0;
    }
  }

  /** Removes bytes from its start. */
  void remove(int length) {
    size -= length;
    int left = length;
    while (left > 0) {
      ByteString first = parts.remove();
      if (first.size() > left) {
        parts.addFirst(first.substring(left));
        return;
      }
      left -= first.size();
    }
  }

  void clear() {
    parts.clear();
    size = 0;
  }
}

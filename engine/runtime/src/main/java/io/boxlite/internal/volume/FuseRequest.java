package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.Errno;
import io.boxlite.internal.host.tree.HostError;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A request of a guest's kernel: a header, and arguments that are read one after the other. Nothing
 * in it is trusted; what does not fit the protocol fails with EINVAL.
 */
final class FuseRequest {
  private static final int MAX_NAME_BYTES = 255; // NAME_MAX of linux/limits.h
  private static final int MAX_TARGET_BYTES = 4095; // PATH_MAX

  private static final int READ_BYTES = Fuse.IN_HEADER_BYTES + 40; // with struct fuse_read_in

  private final byte[] bytes;
  private final ByteBuffer buffer;

  private FuseRequest(byte[] bytes) {
    this.bytes = bytes;
    buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    buffer.position(Fuse.IN_HEADER_BYTES);
  }

  /** Returns the request, or null if this is not one, so that nothing can be replied. */
  static @org.jspecify.annotations.Nullable FuseRequest of(byte[] bytes) {
    if (bytes.length < Fuse.IN_HEADER_BYTES) {
      return null;
    }
    FuseRequest request = new FuseRequest(bytes);
    return request.buffer.getInt(0) == bytes.length ? request : null;
  }

  /** Returns the request with no argument read. */
  FuseRequest again() {
    return new FuseRequest(bytes);
  }

  /** Returns about how much memory the request takes until it has a reply. */
  int cost() {
    boolean read = opcode() == Fuse.READ && bytes.length >= READ_BYTES;
    int size = read ? buffer.getInt(Fuse.IN_HEADER_BYTES + 16) : 0;
    return bytes.length + Math.max(0, Math.min(size, FuseServer.MAX_TRANSFER_BYTES));
  }

  int opcode() {
    return buffer.getInt(4);
  }

  long unique() {
    return buffer.getLong(8);
  }

  long node() {
    return buffer.getLong(16);
  }

  int uid() {
    return buffer.getInt(24);
  }

  int gid() {
    return buffer.getInt(28);
  }

  int int32() throws HostError {
    require(Integer.BYTES);
    return buffer.getInt();
  }

  long int64() throws HostError {
    require(Long.BYTES);
    return buffer.getLong();
  }

  FuseRequest skip(int count) throws HostError {
    require(count);
    buffer.position(buffer.position() + count);
    return this;
  }

  /** Reads a name in a directory. */
  byte[] name() throws HostError {
    byte[] name = text(MAX_NAME_BYTES);
    boolean dots = name.length <= 2 && name[0] == '.' && name[name.length - 1] == '.';
    if (dots) {
      throw new HostError(Errno.EINVAL);
    }
    for (byte each : name) {
      if (each == '/') {
        throw new HostError(Errno.EINVAL);
      }
    }
    return name;
  }

  /** Reads the target of a symbolic link, which may be any text. */
  byte[] target() throws HostError {
    return text(MAX_TARGET_BYTES);
  }

  /** Reads bytes that end with NUL, at least one and at most a number. */
  private byte[] text(int most) throws HostError {
    int start = buffer.position();
    int end = start;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    if (end == bytes.length || end == start) {
      throw new HostError(Errno.EINVAL);
    }
    if (end - start > most) {
      throw new HostError(Errno.ENAMETOOLONG);
    }
    byte[] text = new byte[end - start];
    buffer.get(text);
    buffer.get();
    return text;
  }

  /** Returns where the rest starts in {@link #bytes()}, of which there are this many bytes. */
  int data(int count) throws HostError {
    if (count < 0) {
      throw new HostError(Errno.EINVAL);
    }
    require(count);
    return buffer.position();
  }

  byte[] bytes() {
    return bytes;
  }

  private void require(int count) throws HostError {
    if (buffer.remaining() < count) {
      throw new HostError(Errno.EINVAL);
    }
  }
}

package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.FileStat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A reply to a guest's kernel, or a notification of it, built field by field. */
final class FuseReply {
  private final byte[] bytes;
  private final ByteBuffer buffer;

  private FuseReply(int room, int error, long unique) {
    bytes = new byte[Fuse.OUT_HEADER_BYTES + room];
    buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    buffer.position(4).putInt(error).putLong(unique);
  }

  /** Starts a reply with at most this many bytes of content. */
  static FuseReply to(long unique, int room) {
    return new FuseReply(room, 0, unique);
  }

  /** Returns the reply that a request failed. */
  static byte[] error(long unique, int errno) {
    return new FuseReply(0, -errno, unique).finish();
  }

  /** Returns the reply that a request without a result succeeded. */
  static byte[] done(long unique) {
    return new FuseReply(0, 0, unique).finish();
  }

  /** Starts a notification, which replies to nothing. */
  static FuseReply notification(int code, int room) {
    return new FuseReply(room, code, 0);
  }

  /** Returns the notification that the attributes and the content of a file have changed. */
  static byte[] inodeChanged(long node) {
    return notification(Fuse.NOTIFY_INVAL_INODE, 24).int64(node).int64(0).int64(0).finish();
  }

  /** Returns the notification that a name refers to something else. */
  static byte[] entryChanged(long directory, byte[] name) {
    FuseReply reply = notification(Fuse.NOTIFY_INVAL_ENTRY, 17 + name.length);
    return reply.int64(directory).int32(name.length).int32(0).bytes(name).zeros(1).finish();
  }

  /** Returns the notification with the whole content of a file. */
  static byte[] content(long node, byte[] content, int count) {
    FuseReply reply = notification(Fuse.NOTIFY_STORE, 24 + count);
    reply.int64(node).int64(0).int32(count).int32(0);
    System.arraycopy(content, 0, reply.bytes, reply.position(), count);
    return reply.position(reply.position() + count).finish();
  }

  /** Returns the error in a reply; 0 if it has none. */
  static int errnoIn(byte[] reply) {
    return -ByteBuffer.wrap(reply).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
  }

  /** Returns the number of the node in a reply that begins with struct fuse_entry_out. */
  static long nodeIn(byte[] reply) {
    return ByteBuffer.wrap(reply).order(ByteOrder.LITTLE_ENDIAN).getLong(Fuse.OUT_HEADER_BYTES);
  }

  FuseReply int16(int value) {
    buffer.putShort((short) value);
    return this;
  }

  FuseReply int32(int value) {
    buffer.putInt(value);
    return this;
  }

  FuseReply int64(long value) {
    buffer.putLong(value);
    return this;
  }

  FuseReply bytes(byte[] value) {
    buffer.put(value);
    return this;
  }

  FuseReply zeros(int count) {
    return bytes(new byte[count]);
  }

  /** Adds struct fuse_attr. */
  FuseReply attributes(FileStat stat, Owner owner, int mode) {
    int64(stat.inode()).int64(stat.size()).int64(stat.blocks());
    int64(stat.accessed().seconds());
    int64(stat.modified().seconds());
    int64(stat.changed().seconds());
    int32(stat.accessed().nanos());
    int32(stat.modified().nanos());
    int32(stat.changed().nanos());
    int32(mode).int32(stat.links()).int32(owner.uid()).int32(owner.gid());
    return int32(0).int32(stat.blockSize()).int32(0);
  }

  /** Returns the array to put content into, from {@link #position()} on. */
  byte[] array() {
    return bytes;
  }

  int position() {
    return buffer.position();
  }

  FuseReply position(int position) {
    buffer.position(position);
    return this;
  }

  int room() {
    return buffer.remaining();
  }

  /** Ends the reply after what was added. */
  byte[] finish() {
    int length = buffer.position();
    buffer.putInt(0, length);
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }
}

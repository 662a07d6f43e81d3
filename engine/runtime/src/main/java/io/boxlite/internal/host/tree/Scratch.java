package io.boxlite.internal.host.tree;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/** Memory outside the heap for the arguments of system calls, for one thread at a time. */
final class Scratch implements AutoCloseable {
  /** The longest data of one call. */
  static final int DATA_BYTES = 1 << 20;

  private static final int OPEN_HOW_BYTES = 24;
  private static final int VECTOR_BYTES = 16;

  private final Memory data = new Memory(DATA_BYTES);
  private final Memory stat = new Memory(FileStat.BYTES);
  private final Memory how = new Memory(OPEN_HOW_BYTES);
  private final Memory vector = new Memory(VECTOR_BYTES);

  Pointer data() {
    return data;
  }

  Pointer stat() {
    return stat;
  }

  /** Returns struct open_how of linux/openat2.h. */
  Pointer how(long flags, long mode, long resolve) {
    how.setLong(0, flags);
    how.setLong(8, mode);
    how.setLong(16, resolve);
    return how;
  }

  long howBytes() {
    return OPEN_HOW_BYTES;
  }

  /** Returns struct iovec of the first bytes of the data. */
  Pointer vector(long count) {
    vector.setPointer(0, data);
    vector.setLong(8, count);
    return vector;
  }

  @Override
  public void close() {
    data.close();
    stat.close();
    how.close();
    vector.close();
  }
}

package io.boxlite.internal.host.tree;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Entries of a directory, as getdents64(2) returned them. Starts before the first entry. */
public final class DirectoryEntries {
  private static final int HEAD_BYTES = 19; // struct linux_dirent64

  private final ByteBuffer entries;
  private int start;
  private int next;

  DirectoryEntries(byte[] bytes) {
    entries = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Goes to the next entry; returns whether there is one. */
  public boolean next() {
    if (next >= entries.limit()) {
      return false;
    }
    start = next;
    next += Short.toUnsignedInt(entries.getShort(start + 16));
    return true;
  }

  public long inode() {
    return entries.getLong(start);
  }

  /** Returns where to continue after this entry. */
  public long cookie() {
    return entries.getLong(start + 8);
  }

  /** Returns the type: DT_UNKNOWN and others of readdir(3). */
  public int type() {
    return entries.get(start + 18);
  }

  public byte[] name() {
    int end = start + HEAD_BYTES;
    while (entries.get(end) != 0) {
      end++;
    }
    byte[] name = new byte[end - start - HEAD_BYTES];
    entries.get(start + HEAD_BYTES, name);
    return name;
  }
}

package io.boxlite.internal.host;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/** A limit on the open files of this JVM that it has reached, until this is closed. */
public final class OpenFileLimit implements AutoCloseable {
  private static final int RLIMIT_NOFILE = 7; // asm-generic/resource.h

  private final Function setrlimit = NativeLibrary.getInstance("c").getFunction("setrlimit");
  private final Memory before = new Memory(16); // struct rlimit

  private OpenFileLimit() {
    NativeLibrary.getInstance("c")
        .getFunction("getrlimit")
        .invokeInt(new Object[] {RLIMIT_NOFILE, before});
  }

  /** Lets this JVM open no further file. */
  public static OpenFileLimit reached() {
    OpenFileLimit limit = new OpenFileLimit();
    Memory lower = new Memory(16);
    lower.setLong(0, 0); // what is open stays open
    lower.setLong(8, limit.before.getLong(8));
    limit.set(lower);
    return limit;
  }

  private void set(Memory limit) {
    if (setrlimit.invokeInt(new Object[] {RLIMIT_NOFILE, limit}) != 0) {
      throw new AssertionError("errno " + Native.getLastError());
    }
  }

  @Override
  public void close() {
    set(before);
  }
}

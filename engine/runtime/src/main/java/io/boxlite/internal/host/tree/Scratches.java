package io.boxlite.internal.host.tree;

import com.sun.jna.Native;
import java.util.concurrent.ConcurrentLinkedDeque;

/** The memory that threads need for system calls: as many scratches as are in use at once. */
final class Scratches implements AutoCloseable {
  private final ConcurrentLinkedDeque<Scratch> unused = new ConcurrentLinkedDeque<>();

  /** The use of a scratch by one thread. */
  record Lease(Scratches owner, Scratch scratch) implements AutoCloseable {
    @Override
    public void close() {
      owner.unused.push(scratch);
    }
  }

  Lease lease() {
    Scratch scratch = unused.poll();
    return new Lease(this, scratch == null ? new Scratch() : scratch);
  }

  /** Frees the memory that is not in use. */
  @Override
  public void close() {
    for (Scratch each = unused.poll(); each != null; each = unused.poll()) {
      each.close();
    }
  }

  /** A system call. */
  interface Call {
    long run();
  }

  /** Calls again while a signal interrupts the call. */
  static long retried(Call call) {
    while (true) {
      long result = call.run();
      if (result >= 0 || Native.getLastError() != Errno.EINTR) {
        return result;
      }
    }
  }

  /** Returns the result of a call that has not failed. */
  static long checked(long result) throws HostError {
    if (result < 0) {
      throw new HostError(Native.getLastError());
    }
    return result;
  }
}

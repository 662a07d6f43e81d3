package io.boxlite.internal.host.memory;

import io.boxlite.internal.host.Home;

/** Shows tests what the memory ledger of a home directory holds. */
public final class Ledgers {
  private Ledgers() {}

  /** Returns whether no box of any JVM has memory or waits for it. */
  public static boolean isIdle(Home home) {
    return MemoryQueue.of(home).all().isEmpty();
  }
}

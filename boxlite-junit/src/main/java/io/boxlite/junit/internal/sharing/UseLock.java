package io.boxlite.junit.internal.sharing;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * Says who may use something that tests share: one alone, or many that agreed to it. First come,
 * first served, so that neither kind starves.
 */
public final class UseLock {
  private static final int ALL = Integer.MAX_VALUE;

  private final Semaphore permits = new Semaphore(ALL, true);
  private final Set<Thread> holders = ConcurrentHashMap.newKeySet();

  /**
   * Waits for its turn.
   *
   * @param exclusive whether to be alone
   * @param what what is to be used, for messages
   * @return gives it back; to be run once
   * @throws InterruptedException when this thread is interrupted
   */
  Runnable acquire(boolean exclusive, String what) throws InterruptedException {
    Thread holder = Thread.currentThread();
    // A worker of a ForkJoinPool that waits for its own subtasks runs others meanwhile. It would
    // wait for itself here, for ever.
    if (!holders.add(holder)) {
      throw new ExtensionConfigurationException(
          what
              + " is in use by a test that waits in this very thread, which JUnit's pool has given"
              + " another test meanwhile; annotate the waiting one with @Execution(SAME_THREAD), or"
              + " the box with @Box(concurrent = true)");
    }
    int share = exclusive ? ALL : 1;
    try {
      // The pool gets to know that this worker waits, and lets another one work.
      ForkJoinPool.managedBlock(new Turn(share));
    } catch (InterruptedException | RuntimeException | Error e) {
      holders.remove(holder);
      throw e;
    }
    return () -> {
      holders.remove(holder);
      permits.release(share);
    };
  }

  /**
   * Notes that this thread runs a part of what holds it, and so must not wait for it either.
   *
   * @return notes that it no longer does
   */
  public Runnable join() {
    Thread thread = Thread.currentThread();
    return holders.add(thread) ? () -> holders.remove(thread) : () -> {};
  }

  private final class Turn implements ForkJoinPool.ManagedBlocker {
    private final int share;
    private boolean taken;

    Turn(int share) {
      this.share = share;
    }

    @Override
    public boolean block() throws InterruptedException {
      if (!taken) {
        permits.acquire(share);
        taken = true;
      }
      return true;
    }

    @Override
    public boolean isReleasable() {
      return taken;
    }
  }
}

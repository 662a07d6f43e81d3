package io.boxlite.junit.internal.sharing;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * A lock on something that tests share. It is held by one test exclusively, or by any number of
 * tests that agreed to concurrent use. Requests are granted in the order in which they arrive, so
 * neither kind starves.
 */
final class BoxLock {
  private static final int ALL_PERMITS = Integer.MAX_VALUE;

  private final Semaphore permits = new Semaphore(ALL_PERMITS, true);
  private final Set<Thread> holders = ConcurrentHashMap.newKeySet();

  /**
   * Waits for the lock.
   *
   * @param exclusive whether to exclude all other tests
   * @param place the declaration that needs the lock, for messages
   * @return releases the lock; must be run once
   * @throws ExtensionConfigurationException when this thread already holds the lock
   * @throws InterruptedException when this thread is interrupted
   */
  Runnable acquire(boolean exclusive, String place) throws InterruptedException {
    Thread holder = Thread.currentThread();
    // A worker of a ForkJoinPool that waits for its subtasks runs other tests in the meantime. Such
    // a test would wait for its own thread forever.
    if (!holders.add(holder)) {
      throw new ExtensionConfigurationException(
          place
              + " would deadlock: JUnit's pool runs this test in the thread of a test that holds"
              + " the same box and is waiting. Annotate the waiting test with"
              + " @Execution(SAME_THREAD), or the box with @Box(concurrent = true)");
    }
    int share = exclusive ? ALL_PERMITS : 1;
    try {
      // Tells the pool that this worker blocks, so that another one can run.
      ForkJoinPool.managedBlock(new Acquisition(share));
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
   * Adds the calling thread to the holders, because it runs a part of the test that holds the lock.
   *
   * @return removes it again; must be run once
   */
  Runnable join() {
    Thread thread = Thread.currentThread();
    return holders.add(thread) ? () -> holders.remove(thread) : () -> {};
  }

  private final class Acquisition implements ForkJoinPool.ManagedBlocker {
    private final int share;
    private boolean acquired;

    Acquisition(int share) {
      this.share = share;
    }

    @Override
    public boolean block() throws InterruptedException {
      if (!acquired) {
        permits.acquire(share);
        acquired = true;
      }
      return true;
    }

    @Override
    public boolean isReleasable() {
      return acquired;
    }
  }
}

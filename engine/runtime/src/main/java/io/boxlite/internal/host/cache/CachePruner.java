package io.boxlite.internal.host.cache;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps caches within their bound, on a thread of its own: who has just added an entry need not
 * wait for the deletion of others.
 */
public final class CachePruner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CachePruner.class);

  private final long maxBytes;
  private final List<CacheDirectory> caches;
  private boolean wanted; // guarded by this
  private boolean closed; // guarded by this
  private Thread thread = new Thread(); // guarded by this

  /**
   * Does nothing until it is told of an addition.
   *
   * @param maxBytes what the caches together may take on the disk
   */
  public CachePruner(long maxBytes, List<CacheDirectory> caches) {
    this.maxBytes = maxBytes;
    this.caches = List.copyOf(caches);
  }

  /** Says that a cache has grown. Returns at once. */
  public synchronized void added() {
    wanted = true;
    if (!thread.isAlive() && !closed) {
      thread = new Thread(this::run, "boxlite-cache-pruner");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Waits for a pruning that has begun. */
  @Override
  public void close() {
    Thread last;
    synchronized (this) {
      closed = true;
      wanted = false;
      last = thread;
    }
    boolean interrupted = false;
    while (last.isAlive()) {
      try {
        last.join();
      } catch (InterruptedException e) {
        interrupted = true; // A deletion that was begun ends soon.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (takeOrder()) {
      try {
        long freed = CacheDirectory.prune(maxBytes, caches);
        if (freed > 0) {
          log.info("pruned {} MiB from the caches, bound to {} MiB", freed >> 20, maxBytes >> 20);
        }
      } catch (RuntimeException e) {
        log.warn("cannot prune the caches: {}", e.toString());
      }
    }
  }

  /** The thread ends under the same lock that an addition sees it alive under. */
  private synchronized boolean takeOrder() {
    boolean taken = wanted;
    wanted = false;
    if (!taken) {
      thread = new Thread();
    }
    return taken;
  }
}

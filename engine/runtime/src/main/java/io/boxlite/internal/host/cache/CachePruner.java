package io.boxlite.internal.host.cache;

import io.boxlite.text.SizeText;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps caches within their limit, on a separate thread, so that adding an entry does not wait for
 * the deletion of others.
 */
public final class CachePruner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CachePruner.class);

  private final long maxBytes;
  private final List<CacheDirectory> caches;
  private boolean wanted; // guarded by this
  private boolean closed; // guarded by this
  private Thread thread = new Thread(); // guarded by this

  /**
   * Creates a pruner, which does nothing until an entry is added.
   *
   * @param maxBytes the limit for the size of all caches on disk, in bytes
   */
  public CachePruner(long maxBytes, List<CacheDirectory> caches) {
    this.maxBytes = maxBytes;
    this.caches = List.copyOf(caches);
  }

  /** Starts pruning because a cache has grown. Returns at once. */
  public synchronized void added() {
    wanted = true;
    if (!thread.isAlive() && !closed) {
      thread = new Thread(this::run, "boxlite-cache-pruner");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Waits for a pruning that is under way. */
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
        interrupted = true; // The deletion ends soon.
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
          log.info(
              "pruned {} from the caches, limit {}",
              SizeText.format(freed),
              SizeText.format(maxBytes));
        }
      } catch (RuntimeException e) {
        log.warn("cannot prune the caches: {}", e.toString());
      }
    }
  }

  /** Clears the thread under the lock under which {@link #added} looks at it. */
  private synchronized boolean takeOrder() {
    boolean taken = wanted;
    wanted = false;
    if (!taken) {
      thread = new Thread();
    }
    return taken;
  }
}

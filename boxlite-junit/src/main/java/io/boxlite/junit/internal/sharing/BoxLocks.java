package io.boxlite.junit.internal.sharing;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.JUnitException;

/**
 * The locks on all shared boxes that a test may use. They are acquired together, before the test
 * runs, whether it uses all of the boxes or not.
 */
public final class BoxLocks {
  private final List<LockRequest> requests;
  private final Deque<Runnable> releases = new ArrayDeque<>(); // guarded by this

  /**
   * Creates locks that are not acquired yet.
   *
   * @param requests in the order of their boxes, so that no two tests block each other
   */
  BoxLocks(List<LockRequest> requests) {
    this.requests = requests;
  }

  /** Returns the locks that a test, or a lifecycle method of a class, needs. */
  public static BoxLocks of(ExtensionContext context) {
    return new BoxLocks(LockRequest.findAll(context));
  }

  /** Returns no locks. */
  public static BoxLocks none() {
    return new BoxLocks(List.of());
  }

  /** Tells whether there is nothing to lock. */
  public boolean isEmpty() {
    return requests.isEmpty();
  }

  /** Returns what is locked, and how. */
  public List<LockRequest> requests() {
    return requests;
  }

  /**
   * Waits for all locks.
   *
   * @throws JUnitException when this thread is interrupted
   */
  public void acquire() {
    if (isEmpty()) {
      return;
    }
    String place = requests.get(0).place();
    try {
      DynamicTests.pauseFactoriesBelow();
      for (LockRequest request : requests) {
        place = request.place();
        Runnable release = request.box().lock().acquire(request.exclusive(), place);
        synchronized (this) {
          releases.push(release);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new JUnitException("interrupted while waiting for " + place, e);
    }
  }

  /**
   * Adds the calling thread to the holders of the locks.
   *
   * @return removes it again; must be run once
   */
  public Runnable join() {
    List<Runnable> leaves = requests.stream().map(request -> request.box().lock().join()).toList();
    return () -> leaves.forEach(Runnable::run);
  }

  /** Releases those that are held. They can be acquired again. */
  public void release() {
    CloseAll.runAll(takeReleases());
  }

  private synchronized List<Runnable> takeReleases() {
    List<Runnable> taken = List.copyOf(releases);
    releases.clear();
    return taken;
  }
}

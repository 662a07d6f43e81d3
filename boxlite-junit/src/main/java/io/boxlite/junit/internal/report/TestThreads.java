package io.boxlite.junit.internal.report;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The threads that are known to run a test, or the lifecycle methods of a class. There can be more
 * than one, because a method with a time limit may run in a thread of its own.
 */
public final class TestThreads {
  private final boolean ofTest;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /**
   * Starts with the calling thread.
   *
   * @param ofTest whether they run a test, and not the lifecycle methods of a class
   */
  public TestThreads(boolean ofTest) {
    this.ofTest = ofTest;
    threads.add(Thread.currentThread());
  }

  boolean areOfTest() {
    return ofTest;
  }

  /**
   * Adds the calling thread.
   *
   * @return whether it was added, and must be removed again
   */
  public boolean addCurrent() {
    return threads.add(Thread.currentThread());
  }

  /** Removes the calling thread. */
  public void removeCurrent() {
    threads.remove(Thread.currentThread());
  }

  boolean contain(Thread thread) {
    return threads.contains(thread);
  }
}

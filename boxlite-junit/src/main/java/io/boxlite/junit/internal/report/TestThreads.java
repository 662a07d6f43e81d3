package io.boxlite.junit.internal.report;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The threads that a test, or the methods for all tests of a class, are known to run in: more than
 * one where a time limit gives a method a thread of its own.
 */
public final class TestThreads {
  private final boolean ofTest;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  public TestThreads(boolean ofTest) {
    this.ofTest = ofTest;
    threads.add(Thread.currentThread());
  }

  /** Whether it is one test, and no class. */
  boolean areOfTest() {
    return ofTest;
  }

  /**
   * Adds the thread that calls.
   *
   * @return whether it was not known yet, and is to be removed again
   */
  public boolean addCurrent() {
    return threads.add(Thread.currentThread());
  }

  public void removeCurrent() {
    threads.remove(Thread.currentThread());
  }

  boolean contain(Thread thread) {
    return threads.contains(thread);
  }
}

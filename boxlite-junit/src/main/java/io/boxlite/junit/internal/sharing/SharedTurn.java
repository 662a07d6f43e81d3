package io.boxlite.junit.internal.sharing;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.platform.commons.JUnitException;

/** A test's turn with all boxes that it shares with others. */
public final class SharedTurn {
  private final List<SharedUse> uses;
  private final Deque<Runnable> unlocks = new ArrayDeque<>(); // guarded by this

  /**
   * Makes one, which is to begin.
   *
   * @param uses in the order of their boxes, so that no two tests block each other
   */
  public SharedTurn(List<SharedUse> uses) {
    this.uses = uses;
  }

  /**
   * Waits for it.
   *
   * @throws JUnitException when this thread is interrupted
   */
  public void begin() {
    if (uses.isEmpty()) {
      return;
    }
    String place = uses.get(0).place();
    try {
      DynamicTests.pauseThoseBeneath();
      for (SharedUse use : uses) {
        place = use.place();
        Runnable unlock = use.box().lock().acquire(use.exclusive(), place);
        synchronized (this) {
          unlocks.push(unlock);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new JUnitException("interrupted while waiting for " + place, e);
    }
  }

  /** What it is about. */
  public List<SharedUse> uses() {
    return uses;
  }

  /** Lets others have their turn, if it had begun; it can begin again. */
  public void end() {
    Optional<Runnable> unlock = next();
    while (unlock.isPresent()) {
      unlock.get().run();
      unlock = next();
    }
  }

  private synchronized Optional<Runnable> next() {
    return Optional.ofNullable(unlocks.poll());
  }
}

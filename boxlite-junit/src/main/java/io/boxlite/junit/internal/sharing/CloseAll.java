package io.boxlite.junit.internal.sharing;

import java.util.List;

/** Runs several actions of which each may fail. */
public final class CloseAll {
  private CloseAll() {}

  /**
   * Runs all actions, even if some of them throw.
   *
   * @throws RuntimeException the first one thrown, with all later ones as suppressed exceptions
   */
  public static void runAll(List<Runnable> actions) {
    RuntimeException failure = null;
    for (Runnable action : actions) {
      try {
        action.run();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}

package io.boxlite.junit.internal.sharing;

import java.util.List;

/** What is to be done at an end. */
public final class CloseAll {
  private CloseAll() {}

  /**
   * Does all of it, whatever some of it throws.
   *
   * @throws RuntimeException the first that was thrown, the others among its suppressed ones
   */
  public static void runAll(List<Runnable> endings) {
    RuntimeException failure = null;
    for (Runnable ending : endings) {
      try {
        ending.run();
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

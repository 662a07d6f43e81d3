package io.boxlite.junit;

import java.util.List;

/**
 * A box that a test or class has used.
 *
 * @param box the box
 * @param before how many commands had begun in it before
 * @param concurrent whether other tests may have used it at the same time
 */
record BoxUse(StartedBox box, long before, boolean concurrent) {

  /**
   * What ran in it that was the test's.
   *
   * @param thread the test's, by which its commands are known where others use the box as well
   */
  List<BoxJournal.Entry> commands(Thread thread) {
    return box.journal()
        .entries(entry -> entry.number() > before && (!concurrent || entry.thread() == thread));
  }
}

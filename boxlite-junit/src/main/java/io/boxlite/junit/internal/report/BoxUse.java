package io.boxlite.junit.internal.report;

import java.util.List;

/**
 * A box that a test or class has used.
 *
 * @param box the box
 * @param before how many commands had begun in it before
 * @param concurrent whether other tests may have used it at the same time
 * @param user who uses it
 */
public record BoxUse(StartedBox box, long before, boolean concurrent, TestThreads user) {

  /** What ran in it that was the user's; where others use it as well, as far as that is known. */
  List<BoxJournal.Entry> commands() {
    return box.journal()
        .entries(entry -> entry.number() > before && (!concurrent || entry.mayBeOf(user)));
  }

  /** Ends the use, and tells what it leaves running: nothing that another user can have begun. */
  List<BoxJournal.Entry> end() {
    List<BoxJournal.Entry> ofNobody = box.journal().leave(user);
    List<BoxJournal.Entry> ended = concurrent ? ofNobody : commands();
    return ended.stream().filter(BoxJournal.Entry::isRunning).toList();
  }
}

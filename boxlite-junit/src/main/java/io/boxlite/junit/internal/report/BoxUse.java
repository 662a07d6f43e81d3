package io.boxlite.junit.internal.report;

import java.util.List;

/**
 * The use of a box by a test or class.
 *
 * @param box the box
 * @param before how many executions had begun in the box before
 * @param concurrent whether other tests may have used the box at the same time
 * @param user who uses the box
 */
public record BoxUse(RecordedBox box, long before, boolean concurrent, TestThreads user) {

  /** Returns what the user ran in the box; if used concurrently, also what it may have run. */
  List<RecordedExecution> executions() {
    return box.executions(
        execution -> execution.number() > before && (!concurrent || execution.mayBelongTo(user)));
  }

  /**
   * Ends the use.
   *
   * @return what it leaves running, without what another user of the box may have started
   */
  List<RecordedExecution> end() {
    List<RecordedExecution> ofNobodyElse = box.leave(user);
    List<RecordedExecution> ended = concurrent ? ofNobodyElse : executions();
    return ended.stream().filter(RecordedExecution::isRunning).toList();
  }
}

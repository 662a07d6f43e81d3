package io.boxlite.junit.internal.report;

import io.boxlite.Execution;
import io.boxlite.LiteBox;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A box with a record of what ran in it: the latest executions one by one, and the resources that
 * all of them used.
 */
public final class RecordedBox {
  private static final int KEPT = 20;

  private final LiteBox box;

  // Guarded by this.
  private final Deque<RecordedExecution> executions = new ArrayDeque<>();
  private final Deque<TestThreads> users = new ArrayDeque<>(); // the latest first
  private long count;
  private ResourceUsage forgotten = ResourceUsage.NONE;

  /** Records what runs in a box from now on. */
  public RecordedBox(LiteBox box) {
    this.box = box;
    box.onExecution(this::begin);
  }

  /** Returns the box. */
  public LiteBox box() {
    return box;
  }

  /** Records that a test or class uses the box from now on. */
  public synchronized void enter(TestThreads user) {
    if (!users.contains(user)) {
      users.push(user);
    }
  }

  /**
   * Records that a test or class no longer uses the box.
   *
   * @return the executions that none of the remaining users can have started
   */
  synchronized List<RecordedExecution> leave(TestThreads user) {
    users.remove(user);
    return executions(execution -> users.stream().noneMatch(execution::mayBelongTo));
  }

  /** Returns how many executions have begun. */
  public synchronized long count() {
    return count;
  }

  /** Returns those of the latest executions that match, the oldest first. */
  synchronized List<RecordedExecution> executions(Predicate<RecordedExecution> wanted) {
    return executions.stream().filter(wanted).toList();
  }

  /** Returns what all executions that have ended used. */
  synchronized ResourceUsage usage() {
    ResourceUsage usage = forgotten;
    for (RecordedExecution execution : executions) {
      usage = usage.plus(execution.usage());
    }
    return usage;
  }

  /** Records an execution. It is called in the thread that starts the execution. */
  private synchronized void begin(Execution execution) {
    executions.forEach(RecordedExecution::shrink);
    count++;
    executions.add(new RecordedExecution(count, execution, startersIn(Thread.currentThread())));
    if (executions.size() > KEPT) {
      executions.stream().filter(old -> !old.isRunning()).findFirst().ifPresent(this::forget);
    }
  }

  /**
   * Returns who can have started an execution in a thread: the test that is known to run in it, or
   * else any of the tests that use the box.
   */
  private Set<TestThreads> startersIn(Thread thread) {
    List<TestThreads> tests = users.stream().filter(TestThreads::areOfTest).toList();
    List<TestThreads> classes = users.stream().filter(user -> !user.areOfTest()).toList();
    return Stream.concat(tests.stream(), classes.stream()) // a class runs in the same thread
        .filter(user -> user.contain(thread))
        .findFirst()
        .map(Set::of)
        .orElseGet(() -> Set.copyOf(tests.isEmpty() ? classes : tests));
  }

  private void forget(RecordedExecution execution) {
    executions.remove(execution);
    forgotten = forgotten.plus(execution.usage());
  }
}

package io.boxlite.junit.internal.report;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What ran in a box: the latest commands one by one, all together as figures. */
public final class BoxJournal {
  private static final int KEPT = 20;
  private static final int KEPT_BYTES = 64 << 10;

  private final Deque<Entry> entries = new ArrayDeque<>();

  /** Who uses the box now, the latest first. */
  private final Deque<TestThreads> users = new ArrayDeque<>();

  private long count;
  private BoxFigures forgotten = BoxFigures.NONE;

  /** Notes that a test or class uses the box from now on. */
  public synchronized void enter(TestThreads user) {
    if (!users.contains(user)) {
      users.push(user);
    }
  }

  /**
   * Notes that a test or class no longer uses the box.
   *
   * @return the commands that are of nobody now who still uses the box
   */
  synchronized List<Entry> leave(TestThreads user) {
    users.remove(user);
    return entries.stream()
        .filter(entry -> entry.startedBy.stream().noneMatch(users::contains))
        .toList();
  }

  /**
   * Who has started a command in this thread: the test that is known to run in it; where none is,
   * any of the tests that use the box.
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

  /** Notes a command that begins, with this very stack. */
  public synchronized void begin(Execution execution) {
    for (Entry entry : entries) {
      entry.shrink();
    }
    count++;
    entries.add(new Entry(count, execution, startersIn(Thread.currentThread())));
    if (entries.size() > KEPT) {
      entries.stream().filter(entry -> !entry.isRunning()).findFirst().ifPresent(this::forget);
    }
  }

  /** How many have begun. */
  public synchronized long count() {
    return count;
  }

  /** Those of the latest that are wanted, the oldest first. */
  synchronized List<Entry> entries(Predicate<Entry> wanted) {
    return entries.stream().filter(wanted).toList();
  }

  /** The figures of all that has ended. */
  synchronized BoxFigures figures() {
    BoxFigures figures = forgotten;
    for (Entry entry : entries) {
      figures = figures.plus(entry.figures());
    }
    return figures;
  }

  private void forget(Entry entry) {
    entries.remove(entry);
    forgotten = forgotten.plus(entry.figures());
  }

  /** One command. */
  static final class Entry {
    private final long number;
    private final String id;
    private final Command command;
    private final Set<TestThreads> startedBy;
    private final Throwable origin = new Throwable();

    // Guarded by this; the execution goes with its output when its end is known.
    private @Nullable Execution execution;
    private Optional<ExecResult> end = Optional.empty();

    private Entry(long number, Execution execution, Set<TestThreads> startedBy) {
      this.number = number;
      this.startedBy = startedBy;
      this.execution = execution;
      id = execution.id();
      command = execution.command();
    }

    /** The how-manieth it was in its box, from 1. */
    long number() {
      return number;
    }

    String id() {
      return id;
    }

    Command command() {
      return command;
    }

    /** Whether this one has begun it, as far as that is known. */
    boolean mayBeOf(TestThreads user) {
      return startedBy.contains(user);
    }

    /** The stack that began it, from the test's own code to JUnit's. */
    List<StackTraceElement> startedAt() {
      return Arrays.stream(origin.getStackTrace())
          .dropWhile(frame -> isOurs(frame.getClassName()))
          .takeWhile(frame -> !isReflection(frame.getClassName()))
          .toList();
    }

    synchronized boolean isRunning() {
      return execution != null && execution.isRunning();
    }

    /**
     * Its result once it has ended; of long output the end only, for a command that is not the
     * last.
     */
    synchronized Optional<ExecResult> result() {
      return execution == null ? end : execution.result();
    }

    synchronized void kill() {
      if (execution != null) {
        execution.close();
      }
    }

    private BoxFigures figures() {
      return result().map(BoxFigures::of).orElse(BoxFigures.NONE);
    }

    private synchronized void shrink() {
      if (execution != null && !execution.isRunning()) {
        end = execution.result().map(Entry::shortened);
        execution = null;
      }
    }

    private static ExecResult shortened(ExecResult result) {
      return result.toBuilder()
          .stdout(tail(result.stdoutBytes()))
          .stderr(tail(result.stderrBytes()))
          .build();
    }

    private static byte[] tail(byte[] bytes) {
      return bytes.length <= KEPT_BYTES
          ? bytes
          : Arrays.copyOfRange(bytes, bytes.length - KEPT_BYTES, bytes.length);
    }

    private static boolean isOurs(String className) {
      return className.startsWith("io.boxlite.LiteBox")
          || className.startsWith("io.boxlite.internal.")
          || className.startsWith("io.boxlite.junit.assertions.")
          || className.startsWith("io.boxlite.junit.internal.")
          || className.startsWith("java.util.");
    }

    private static boolean isReflection(String className) {
      return className.startsWith("jdk.internal.reflect.")
          || className.startsWith("java.lang.reflect.");
    }
  }
}

package io.boxlite.junit.internal.report;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An execution, where it was started, and its result. */
final class RecordedExecution {
  private static final int KEPT_BYTES = 64 << 10;

  private final long number;
  private final String id;
  private final Command command;
  private final Set<TestThreads> startedBy;
  private final Throwable origin = new Throwable();

  // Guarded by this.
  private @Nullable Execution execution; // null once shrunk
  private Optional<ExecResult> shortResult = Optional.empty();

  /** Records an execution with the stack of the calling thread. */
  RecordedExecution(long number, Execution execution, Set<TestThreads> startedBy) {
    this.number = number;
    this.startedBy = startedBy;
    this.execution = execution;
    id = execution.id();
    command = execution.command();
  }

  /** Returns its 1-based sequence number within the box. */
  long number() {
    return number;
  }

  String id() {
    return id;
  }

  Command command() {
    return command;
  }

  /** Returns whether a test or class may have started it: it has, or nobody knows who has. */
  boolean mayBelongTo(TestThreads user) {
    return startedBy.contains(user);
  }

  /** Returns the stack that started it, from the test's code up to the call by JUnit. */
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
   * Returns its result if it has ended. An execution that is not the latest may have lost the
   * beginning of its output.
   */
  synchronized Optional<ExecResult> result() {
    return execution == null ? shortResult : execution.result();
  }

  synchronized void kill() {
    if (execution != null) {
      execution.close();
    }
  }

  ResourceUsage usage() {
    return result().map(ResourceUsage::of).orElse(ResourceUsage.NONE);
  }

  /** Frees the memory of its output, except for the end, if it has ended. */
  synchronized void shrink() {
    if (execution != null && !execution.isRunning()) {
      shortResult = execution.result().map(RecordedExecution::shortened);
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

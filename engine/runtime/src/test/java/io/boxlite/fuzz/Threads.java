package io.boxlite.fuzz;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Collectors;

/** What the threads of this JVM are doing. */
final class Threads {
  private static final int DEPTH = 20;

  private Threads() {}

  /** Returns the stacks of the threads that run code of this project. */
  static String dump() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> !thread.getKey().equals(Thread.currentThread()))
        .filter(thread -> Arrays.toString(thread.getValue()).contains("io.boxlite"))
        .sorted(Comparator.comparing(thread -> thread.getKey().getName()))
        .map(Threads::dump)
        .collect(Collectors.joining("\n"));
  }

  private static String dump(Map.Entry<Thread, StackTraceElement[]> thread) {
    return Arrays.stream(thread.getValue())
        .limit(DEPTH)
        .map(element -> "  at " + element)
        .collect(Collectors.joining("\n", thread.getKey().getName() + "\n", ""));
  }
}

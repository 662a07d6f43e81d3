package io.boxlite.internal.network.secret;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Runs the tasks of a connection one after the other, each by the thread that adds it or by one
 * that is at it already. So no task needs a lock, and none runs within another one.
 */
final class SerialTasks {
  private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final Consumer<RuntimeException> onFailure;

  /** Creates a queue of tasks, of which those that throw are reported. */
  SerialTasks(Consumer<RuntimeException> onFailure) {
    this.onFailure = onFailure;
  }

  void run(Runnable task) {
    queue.add(task);
    if (waiting.getAndIncrement() > 0) {
      return;
    }
    do {
      try {
        queue.remove().run();
      } catch (RuntimeException e) {
        onFailure.accept(e);
      }
    } while (waiting.decrementAndGet() > 0);
  }
}

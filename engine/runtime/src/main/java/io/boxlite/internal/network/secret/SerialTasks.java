package io.boxlite.internal.network.secret;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Runs the tasks of a connection one after the other in one thread, whichever thread adds them. So
 * no task needs a lock, none runs within another one, and what tasks write to an end of the
 * connection arrives there in order: an end keeps the order of one thread only.
 */
final class SerialTasks {
  private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final Executor thread;
  private final Consumer<RuntimeException> onFailure;

  /**
   * Creates a queue of tasks.
   *
   * @param thread runs them
   * @param onFailure is told what a task has thrown; called by the thread
   */
  SerialTasks(Executor thread, Consumer<RuntimeException> onFailure) {
    this.thread = thread;
    this.onFailure = onFailure;
  }

  void run(Runnable task) {
    queue.add(task);
    if (waiting.getAndIncrement() == 0) {
      try {
        thread.execute(this::runAll);
      } catch (RejectedExecutionException e) {
        // The engine is being closed, and its connections with it.
      }
    }
  }

  private void runAll() {
    do {
      try {
        queue.remove().run();
      } catch (RuntimeException e) {
        onFailure.accept(e);
      }
    } while (waiting.decrementAndGet() > 0);
  }
}

package io.boxlite.internal.image.registry;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The threads of a pull. Waiting for them can be interrupted, unlike a thread that reads from the
 * network. When one fails, all are ended.
 */
final class PullThreads implements AutoCloseable {
  /** The number of parallel downloads, one more than in Docker. */
  private static final int LAYERS = 4;

  /** A task of a thread. */
  interface Task {
    /** Runs the task. */
    void run() throws IOException, InterruptedException;
  }

  private final StallWatch watch;
  private final OwnedThreads threads;
  private final ExecutorService executor;

  PullThreads(StallWatch watch, String image) {
    this.watch = watch;
    threads = new OwnedThreads("boxlite-pull " + image);
    executor =
        Executors.newFixedThreadPool(
            LAYERS + 1, threads); // one for the task that waits for the others
  }

  /** Runs tasks in parallel. Returns when all are done, or throws the first exception. */
  void runAll(List<Task> tasks) throws IOException, InterruptedException {
    CompletionService<Boolean> done = new ExecutorCompletionService<>(executor);
    for (Task task : tasks) {
      done.submit(
          () -> {
            task.run();
            return true;
          });
    }
    for (int i = 0; i < tasks.size(); i++) {
      try {
        done.take().get();
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        if (cause instanceof IOException failure) {
          throw failure;
        }
        if (cause instanceof InterruptedException interrupt) {
          throw interrupt;
        }
        if (cause instanceof RuntimeException failure) {
          throw failure;
        }
        throw (Error) cause;
      }
    }
  }

  /** Ends running tasks, and waits until they have ended. */
  @Override
  public void close() {
    executor.shutdownNow();
    watch.close();
    threads.join();
  }
}

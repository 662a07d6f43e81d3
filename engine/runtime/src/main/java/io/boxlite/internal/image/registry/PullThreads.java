package io.boxlite.internal.image.registry;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The threads of one pull. Whoever waits for them can be interrupted, which a thread that reads
 * from the network cannot. When one fails all are ended.
 */
final class PullThreads implements AutoCloseable {
  /** As many layers at a time as Docker fetches, and one more. */
  private static final int LAYERS = 4;

  /** What a thread does. */
  interface Task {
    /** Does it. */
    void run() throws IOException, InterruptedException;
  }

  private final StallWatch watch;
  private final OwnedThreads threads;
  private final ExecutorService executor;

  PullThreads(StallWatch watch, String image) {
    this.watch = watch;
    threads = new OwnedThreads("boxlite-pull " + image);
    executor = Executors.newFixedThreadPool(LAYERS + 1, threads); // one waits for the others
  }

  /** Does all, several at a time, and returns when all are done or throws what the first threw. */
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

  /** Ends what still runs, and waits for its end. */
  @Override
  public void close() {
    executor.shutdownNow();
    watch.close();
    threads.join();
  }
}

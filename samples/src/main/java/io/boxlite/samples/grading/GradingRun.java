package io.boxlite.samples.grading;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.Command;
import io.boxlite.LiteBox;
import io.boxlite.samples.DebianImages;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Grades submissions in several boxes at once: each worker has a box and takes the next one. */
final class GradingRun {
  private static final int BOX_MEMORY_MIB = 320;
  private static final int BOX_DISK_MIB = 128;
  private static final int PROGRESS_STEP = 50;

  private final Boxlite boxlite;
  private final List<Submission> submissions;
  private final @Nullable Graded[] graded;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();

  GradingRun(Boxlite boxlite, List<Submission> submissions) {
    this.boxlite = boxlite;
    this.submissions = submissions;
    graded = new Graded[submissions.size()];
  }

  /** Returns how many boxes to use: one for each processor, with at most half of the memory. */
  static int boxesFor(int cpus, long memoryBytes) {
    long byMemory = memoryBytes / 2 / ((long) BOX_MEMORY_MIB << 20);
    return (int) Math.max(1, Math.min(cpus, byMemory));
  }

  /** Grades all submissions and returns the results in their order. */
  List<Graded> run(int boxes) throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(boxes);
    try {
      CompletionService<@Nullable Void> workers = new ExecutorCompletionService<>(threads);
      for (int i = 0; i < boxes; i++) {
        String name = "grader-" + i;
        workers.submit(
            () -> {
              Thread.currentThread().setName(name);
              work();
              return null;
            });
      }
      for (int i = 0; i < boxes; i++) {
        workers.take().get();
      }
    } finally {
      threads.shutdownNow();
    }
    List<Graded> all = new ArrayList<>();
    for (Graded one : graded) {
      if (one != null) {
        all.add(one);
      }
    }
    return all;
  }

  private void work() {
    int index = next.getAndIncrement();
    while (index < submissions.size()) {
      index = workInOneBox(index);
    }
  }

  /**
   * Grades submissions from this index on, until none is left or the box no longer works.
   *
   * @return the index of the next submission to grade
   */
  private int workInOneBox(int index) {
    try (LiteBox box = boxlite.create(options())) {
      Grader grader = new Grader(box);
      boolean boxWorks = true;
      int current = index;
      while (boxWorks && current < submissions.size() && !Thread.currentThread().isInterrupted()) {
        Graded result = grader.grade(submissions.get(current));
        graded[current] = result;
        boxWorks = result.boxWorks();
        reportProgress();
        current = next.getAndIncrement();
      }
      return current;
    }
  }

  private static BoxOptions options() {
    return BoxOptions.image(DebianImages.PYTHON)
        .memoryMib(BOX_MEMORY_MIB)
        .diskMib(BOX_DISK_MIB)
        // The files that Python reads when it starts are then in the memory of every box.
        .prepare(Command.of("python3", "-c", "pass"))
        .build();
  }

  private void reportProgress() {
    int count = done.incrementAndGet();
    if (count % PROGRESS_STEP == 0) {
      System.out.println("graded " + count + " of " + submissions.size() + " ...");
    }
  }
}

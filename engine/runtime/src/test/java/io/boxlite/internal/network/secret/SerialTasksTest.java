package io.boxlite.internal.network.secret;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SerialTasksTest {
  private static final int THREADS = 4;
  private static final int TASKS = 1000;

  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final ExecutorService others = Executors.newFixedThreadPool(THREADS);

  @AfterEach
  void end() {
    thread.shutdownNow();
    others.shutdownNow();
  }

  @Test
  void allTasksRunInOneThreadInTheOrderOfTheThreadThatAddsThem() throws Exception {
    List<Thread> ran = new ArrayList<>();
    List<List<Integer>> numbers = new ArrayList<>();
    CountDownLatch all = new CountDownLatch(THREADS * TASKS);
    SerialTasks tasks = new SerialTasks(thread, e -> {});
    for (int i = 0; i < THREADS; i++) {
      List<Integer> mine = new ArrayList<>();
      numbers.add(mine);
      others.execute(
          () -> {
            for (int number = 0; number < TASKS; number++) {
              int added = number;
              tasks.run(
                  () -> {
                    ran.add(Thread.currentThread());
                    mine.add(added);
                    all.countDown();
                  });
            }
          });
    }

    assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(ran).hasSize(THREADS * TASKS).containsOnly(ran.get(0));
    assertThat(numbers).allSatisfy(mine -> assertThat(mine).hasSize(TASKS).isSorted());
  }

  @Test
  void aTaskThatThrowsIsReportedAndTheOthersRun() throws Exception {
    List<RuntimeException> reported = new ArrayList<>();
    CountDownLatch last = new CountDownLatch(1);
    SerialTasks tasks = new SerialTasks(thread, reported::add);
    IllegalStateException problem = new IllegalStateException("as a test");
    tasks.run(
        () -> {
          throw problem;
        });
    tasks.run(last::countDown);

    assertThat(last.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(reported).containsExactly(problem);
  }
}

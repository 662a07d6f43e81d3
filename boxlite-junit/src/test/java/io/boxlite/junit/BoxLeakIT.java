package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;

import io.boxlite.Command;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.platform.testkit.engine.Events;

/** What tests leave running in a box that they use at the same time as others, or from anywhere. */
@Timeout(120)
class BoxLeakIT {
  @Test
  void whatOtherThreadsOfATestHaveStartedEndsWithIt() {
    Events tests = Runs.of(OtherThreads.class).testEvents();

    assertThat(Runs.failures(tests)).singleElement().isInstanceOf(TimeoutException.class);
    tests.assertStatistics(stats -> stats.succeeded(2).failed(1));
    assertThat(BoxReportIT.leaks(tests))
        .hasSize(2)
        .anySatisfy(leak -> assertThat(leak).contains("`sleep 1001`", "lambda$inAPool$"))
        .anySatisfy(leak -> assertThat(leak).contains("`sleep 1002`", "inAThreadOfJUnits("));
  }

  @TestMethodOrder(OrderAnnotation.class)
  static class OtherThreads {
    @Box(concurrent = true)
    static LiteBox box;

    @Test
    @Order(1)
    void inAPool() {
      CompletableFuture.supplyAsync(() -> box.start(Command.of("sleep", "1001"))).join();
    }

    @Test
    @Order(2)
    @Timeout(value = 2, threadMode = ThreadMode.SEPARATE_THREAD)
    void inAThreadOfJUnits() throws InterruptedException {
      Execution unused = box.start(Command.of("sleep", "1002"));
      new CountDownLatch(1).await();
    }

    @Test
    @Order(3)
    void findsNothingOfThem() {
      assertThat(box.exec("ps")).succeeded().stdout().doesNotContain("sleep");
    }
  }

  @Test
  void nothingEndsThatATestWhichStillRunsCanHaveStarted() {
    Together.pool = Executors.newSingleThreadExecutor();
    Events tests;
    try {
      tests = Runs.of(Runs.inParallel("concurrent"), Together.class).testEvents();
    } finally {
      Together.pool.shutdownNow();
    }

    assertThat(Runs.failures(tests)).isEmpty();
    assertThat(BoxReportIT.leaks(tests))
        .hasSize(3)
        .filteredOn(leak -> leak.startsWith("repetition 1 of 2 "))
        .singleElement()
        .asString()
        .contains("`sleep 1001`");
    assertThat(Together.ofSome).hasSize(2).noneMatch(Execution::isRunning);
  }

  /** The first ends before the second. Each has left a command that either can have started. */
  @SuppressWarnings("NullAway.Init")
  static class Together {
    private static final CyclicBarrier BOTH = new CyclicBarrier(2);
    private static volatile ExecutorService pool;
    private static final Set<Execution> ofSome = ConcurrentHashMap.newKeySet();
    private static volatile Execution ofFirst;

    @Box(concurrent = true)
    static LiteBox box;

    @RepeatedTest(2)
    void test(RepetitionInfo repetition) throws Exception {
      BOTH.await(60, TimeUnit.SECONDS);
      ofSome.add(pool.submit(() -> box.start(Command.of("sleep", "1000"))).get());
      if (repetition.getCurrentRepetition() == 1) {
        ofFirst = box.start(Command.of("sleep", "1001"));
      }
      BOTH.await(60, TimeUnit.SECONDS);
      if (repetition.getCurrentRepetition() == 2) {
        while (ofFirst.isRunning()) { // until the first has ended
          Thread.onSpinWait();
        }
        assertThat(ofSome).hasSize(2).allMatch(Execution::isRunning);
      }
    }
  }
}

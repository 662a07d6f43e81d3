package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.SeenBoxes.assertClosed;
import static io.boxlite.junit.SeenBoxes.use;

import io.boxlite.LiteBox;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that run at the same time, in both of JUnit's modes. */
@Timeout(120)
class BoxParallelIT {
  private static final AtomicInteger USERS = new AtomicInteger();
  private static final AtomicInteger MOST_USERS = new AtomicInteger();

  @BeforeEach
  void forget() {
    SeenBoxes.forget();
    USERS.set(0);
    MOST_USERS.set(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"concurrent", "same_thread"})
  void classesUseTheBoxThatTheyShareOneAfterTheOther(String methods) {
    Runs.passes(Runs.inParallel(methods), 8, First.class, Second.class);
    assertThat(MOST_USERS).hasValue(1);
    assertThat(SeenBoxes.all().stream().distinct()).hasSize(1);
  }

  static class First {
    @Box(scope = BoxScope.SESSION)
    LiteBox box;

    @RepeatedTest(4)
    void test() {
      useAlone(box);
    }
  }

  static class Second {
    @BeforeAll
    static void prepare(@Box(scope = BoxScope.SESSION) LiteBox box) {
      useAlone(box);
    }

    @RepeatedTest(4)
    void test(@Box(scope = BoxScope.SESSION) LiteBox box) {
      useAlone(box);
    }
  }

  @Test
  void testsUseTheBoxesOfTheirClassOneAfterTheOtherWhateverTheirOrder() {
    Runs.passes(Runs.inParallel("concurrent"), 4, TwoBoxes.class);
    assertThat(MOST_USERS).hasValue(1);
    assertClosed(2);
  }

  static class TwoBoxes {
    @Test
    void first(
        @Box(scope = BoxScope.CLASS) LiteBox one,
        @Box(scope = BoxScope.CLASS, name = "two") LiteBox two) {
      useAlone(one);
      use(two);
    }

    @Test
    void second(
        @Box(scope = BoxScope.CLASS, name = "two") LiteBox two,
        @Box(scope = BoxScope.CLASS) LiteBox one) {
      useAlone(one);
      use(two);
    }

    @RepeatedTest(2)
    void third(@Box(scope = BoxScope.CLASS) LiteBox one) {
      useAlone(one);
    }
  }

  @Test
  void testsThatAgreeToItUseABoxAtTheSameTime() {
    Runs.passes(Runs.inParallel("concurrent"), 2, Together.class);
    assertClosed(1);
  }

  static class Together {
    private static final CyclicBarrier BOTH = new CyclicBarrier(2);

    @Box(concurrent = true)
    static LiteBox box;

    @RepeatedTest(2)
    void test() throws InterruptedException, BrokenBarrierException, TimeoutException {
      use(box);
      BOTH.await(60, TimeUnit.SECONDS);
      assertThat(box.exec("true")).succeeded();
    }
  }

  @Test
  void theFieldsOfOneInstanceAreSetForOneTestAfterTheOther() {
    Runs.passes(Runs.inParallel("concurrent"), 3, OneInstance.class);
    assertThat(MOST_USERS).hasValue(1);
    assertClosed(3);
  }

  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  @Execution(ExecutionMode.CONCURRENT)
  static class OneInstance {
    @Box LiteBox box;

    @RepeatedTest(3)
    void test() {
      useAlone(box);
      assertThat(box.exec("mkdir", "/only-once")).succeeded();
    }
  }

  private static void useAlone(LiteBox box) {
    MOST_USERS.accumulateAndGet(USERS.incrementAndGet(), Math::max);
    use(box);
    assertThat(box.exec("true")).succeeded();
    USERS.decrementAndGet();
  }
}

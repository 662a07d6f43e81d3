package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.SeenBoxes.assertClosed;
import static io.boxlite.junit.SeenBoxes.use;

import io.boxlite.LiteBox;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Boxes of nested classes where one instance serves all tests of the outer class, of the inner one,
 * or of both.
 */
@Timeout(120)
class BoxNestedIT {
  @BeforeEach
  void forget() {
    SeenBoxes.forget();
  }

  @Test
  void oneInstanceOfTheOuterClassHasBoxesForEachTestAndForAllOfThem() {
    Runs.passes(4, OuterForAll.class);
    assertClosed(4 + 2 + 1);
  }

  @Test
  void oneInstanceOfTheOuterClassServesTestsInParallel() {
    Runs.passes(Runs.inParallel("concurrent"), 4, OuterForAll.class);
    assertClosed(4 + 2 + 1);
  }

  /** A box for each of four tests, one more for each of the two inner ones, one for all. */
  @TestInstance(Lifecycle.PER_CLASS)
  @Execution(ExecutionMode.CONCURRENT) // is not the default of such a class
  @SuppressWarnings("NullAway.Init")
  static class OuterForAll {
    @Box LiteBox ofTest;

    @Box(scope = BoxScope.CLASS)
    LiteBox ofClass;

    @BeforeAll
    void isSharedAlready() {
      use(ofClass);
    }

    @RepeatedTest(2)
    void outer() {
      useForTheFirstTime(ofTest);
      use(ofClass);
    }

    @Nested
    class Inner {
      @Box LiteBox ofInnerTest;

      @RepeatedTest(2)
      void inner() {
        LiteBox mine = ofTest;
        useForTheFirstTime(mine);
        useForTheFirstTime(ofInnerTest);
        assertThat(ofTest).as("field that is set for one test at a time").isSameAs(mine);
        use(ofClass);
      }
    }
  }

  @Test
  void oneInstanceOfTheInnerClassAndItsOuterOneServeTestsInParallel() {
    Runs.passes(Runs.inParallel("concurrent"), 3, InnerForAll.class);
    assertClosed(3 + 1);
  }

  /** A box for each of three tests, one for both inner ones. */
  @SuppressWarnings("NullAway.Init")
  static class InnerForAll {
    @Box LiteBox ofTest;

    @Test
    void outer() {
      useForTheFirstTime(ofTest);
    }

    @Nested
    @TestInstance(Lifecycle.PER_CLASS)
    @Execution(ExecutionMode.CONCURRENT) // is not the default of such a class
    class Inner {
      @Box(scope = BoxScope.CLASS, concurrent = true)
      LiteBox ofClass;

      @BeforeAll
      void isSharedAlready() {
        use(ofClass);
      }

      @RepeatedTest(2)
      void inner() {
        LiteBox mine = ofTest; // a field of the one outer object that the inner one has
        useForTheFirstTime(mine);
        assertThat(ofTest).as("field that is set for one test at a time").isSameAs(mine);
        use(ofClass);
      }
    }
  }

  @Test
  void theConstructorOfTheOuterInstanceGetsOneBoxForAllInnerTests() {
    Runs.passes(Runs.inParallel("concurrent"), 2, OuterConstructor.class);
    assertClosed(1);
  }

  static class OuterConstructor {
    private final LiteBox box;

    OuterConstructor(@Box LiteBox box) {
      this.box = box;
    }

    @Nested
    @TestInstance(Lifecycle.PER_CLASS)
    @Execution(ExecutionMode.CONCURRENT) // is not the default of such a class
    class Inner {
      @RepeatedTest(2)
      void inner() {
        SeenBoxes.useAlone(box);
      }
    }
  }

  private static void useForTheFirstTime(LiteBox box) {
    SeenBoxes.useAlone(box);
    assertThat(box.exec("mkdir", "/only-once")).succeeded();
  }
}

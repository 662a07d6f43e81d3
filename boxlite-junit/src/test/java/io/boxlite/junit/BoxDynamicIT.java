package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;

import io.boxlite.LiteBox;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Test factories that share a box with other tests, all at the same time. */
@Timeout(300)
class BoxDynamicIT {
  private static volatile int inFactory;

  @BeforeEach
  void forget() {
    SeenBoxes.forget();
    inFactory = 0;
  }

  @Test
  void theDynamicTestsOfAFactoryHaveTheSharedBoxAmongThemselves() {
    Runs.passes(
        Runs.inParallel("concurrent"),
        3 * 4 + 3 * 3 + 12,
        Others.class,
        Containers.class,
        Factories.class);
  }

  /** Each dynamic test finds what its factory has put into the box, and nothing of other tests. */
  static class Factories {
    @Box(scope = BoxScope.SESSION, name = "dynamic")
    LiteBox box;

    @TestFactory
    Stream<DynamicTest> first() {
      return tests(box, 4);
    }

    @TestFactory
    List<DynamicTest> second() {
      return tests(box, 4).toList();
    }

    @TestFactory
    Object[] third() {
      return tests(box, 4).toArray();
    }

    @AfterEach
    void cleanUp() {
      assertThat(box.exec("rm", "-f", "/mine")).succeeded();
    }
  }

  static class Containers {
    @TestFactory
    Stream<DynamicNode> first(@Box(scope = BoxScope.SESSION, name = "dynamic") LiteBox box) {
      return Stream.of(
          DynamicContainer.dynamicContainer(
              "outer",
              Stream.of(
                  DynamicContainer.dynamicContainer("inner", tests(box, 2)),
                  DynamicContainer.dynamicContainer("empty", Stream.empty()))),
          DynamicContainer.dynamicContainer("single", tests(box, 1)));
    }

    @TestFactory
    DynamicNode second(@Box(scope = BoxScope.SESSION, name = "dynamic") LiteBox box) {
      return DynamicContainer.dynamicContainer("all", tests(box, 3));
    }

    @TestFactory
    Iterable<DynamicTest> third(@Box(scope = BoxScope.SESSION, name = "dynamic") LiteBox box) {
      return tests(box, 3).toList();
    }
  }

  static class Others {
    @Box(scope = BoxScope.SESSION, name = "dynamic")
    LiteBox box;

    @RepeatedTest(12)
    void test() {
      assertThat(inFactory).as("dynamic tests that run").isZero();
      SeenBoxes.useAlone(box);
      assertThat(box.exec("rm", "-f", "/mine")).succeeded();
    }
  }

  private static Stream<DynamicTest> tests(LiteBox box, int count) {
    assertThat(box.exec("touch", "/mine")).succeeded();
    return IntStream.range(0, count)
        .mapToObj(
            number ->
                DynamicTest.dynamicTest(
                    "number " + number,
                    () -> {
                      count(1);
                      assertThat(box.exec("sh", "-c", "sleep 0.1; ls /mine")).succeeded();
                      count(-1);
                    }));
  }

  private static synchronized void count(int change) {
    inFactory += change;
  }
}

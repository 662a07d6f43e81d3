package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.BoxAssertions.assertThatThrownBy;
import static io.boxlite.junit.SeenBoxes.assertClosed;

import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.platform.testkit.engine.Events;

/** What tests get that ask for boxes, with real ones. */
class BoxExtensionIT {
  @BeforeEach
  void forget() {
    SeenBoxes.forget();
  }

  @Test
  void aParameterGetsARunningBoxThatIsClosedAfterTheTest() {
    Events tests = Runs.of(OneParameter.class).testEvents();

    assertThat(Runs.failures(tests)).isEmpty();
    assertThat(tests.succeeded().count()).isEqualTo(1);
    assertClosed(1);
  }

  static class OneParameter {
    @Test
    void test(@Box LiteBox box) {
      use(box);
    }

    @AfterEach
    void stillRuns() {
      assertThat(SeenBoxes.all()).last().satisfies(box -> assertThat(box).isRunning());
    }
  }

  @Test
  void aUserThatTheImageLacksIsToldBeforeABoxStarts() {
    assertThat(Runs.failures(Runs.of(UnknownUser.class).testEvents()))
        .singleElement()
        .satisfies(
            failure ->
                assertThat(failure.getCause())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(
                        "user is \"eve\", but the built-in image has no user \"eve\" in its"
                            + " /etc/passwd, which has root"));
  }

  static class UnknownUser {
    @Test
    void test(@Box(user = "eve") LiteBox box) {
      use(box);
    }
  }

  @Test
  void aFieldGetsABoxOfItsOwnForEachTestMethod() {
    Events tests = Runs.of(OneField.class).testEvents();

    assertThat(Runs.failures(tests)).isEmpty();
    assertThat(tests.succeeded().count()).isEqualTo(2);
    assertClosed(2);
  }

  static class OneField {
    @Box private LiteBox box;

    @BeforeEach
    void isSetAlready() {
      use(box);
    }

    @Test
    void first() {
      leaveAndExpectNoTrace(box);
    }

    @Test
    void second() {
      leaveAndExpectNoTrace(box);
    }
  }

  @Test
  void aBoxIsClosedAfterAFailingTest() {
    Events tests = Runs.of(Failing.class).testEvents();

    assertThat(Runs.failures(tests)).singleElement().isInstanceOf(AssertionError.class);
    assertClosed(2);
  }

  static class Failing {
    @Box LiteBox field;

    @Test
    void test(@Box LiteBox parameter) {
      use(field);
      use(parameter);
      assertThat(parameter.exec("false")).succeeded();
    }
  }

  @Test
  void oneInstanceForAllTestMethodsGetsANewBoxForEach() {
    Events tests = Runs.of(OneInstance.class).testEvents();

    assertThat(Runs.failures(tests)).isEmpty();
    assertClosed(2);
  }

  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class OneInstance extends OneField {}

  @Test
  void aNestedTestUsesTheFieldOfTheOuterOne() {
    Events tests = Runs.of(Outer.class).testEvents();

    assertThat(Runs.failures(tests)).isEmpty();
    assertThat(tests.succeeded().count()).isEqualTo(1);
    assertClosed(2);
  }

  static class Outer {
    @Box LiteBox outer;

    @Nested
    class Inner {
      @Box LiteBox inner;

      @Test
      void test() {
        use(outer);
        use(inner);
      }
    }
  }

  @Test
  void anAnnotationOfOnesOwnStandsForAKindOfBox() {
    assertThat(Runs.failures(Runs.of(MetaAnnotated.class).testEvents())).isEmpty();
    assertClosed(2);
  }

  @Retention(RetentionPolicy.RUNTIME)
  @Box(memoryMib = 192, env = "GREETING=hello", workingDir = "/tmp", user = "65534")
  @interface GreetingBox {}

  @SuppressWarnings("NullAway.Init")
  static class MetaAnnotated {
    @GreetingBox LiteBox field;

    @Test
    void test(@GreetingBox LiteBox parameter) {
      for (LiteBox box : List.of(field, parameter)) {
        use(box);
        assertThat(box.info().memoryMib()).isEqualTo(192);
        assertThat(box.exec("sh", "-c", "echo $GREETING; pwd; id -u"))
            .succeeded()
            .hasStdout("hello\n/tmp\n65534\n");
      }
    }
  }

  @Test
  void theEngineIsClosedWithTheRunAndOpenedByTheNext() {
    Runs.of(OneParameter.class);
    LiteBox ofTheFirstRun = SeenBoxes.all().get(0);
    Runs.of(OneParameter.class).testEvents().assertStatistics(stats -> stats.succeeded(1));

    assertThat(SeenBoxes.all()).hasSize(2).doesNotHaveDuplicates();
    assertThatThrownBy(() -> ofTheFirstRun.exec("true")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anImageThatIsNotThereFailsTheTestAlone() {
    Events tests = Runs.of(MissingImage.class).testEvents();

    assertThat(tests.succeeded().count()).isEqualTo(1);
    assertThat(Runs.failures(tests))
        .singleElement()
        .satisfies(failure -> assertThat(failure).hasStackTraceContaining("/none.tar"));
  }

  static class MissingImage {
    @Test
    void missing(@Box(image = "rootfs:/none.tar") LiteBox box) {}

    @Test
    void there(@Box LiteBox box) {
      use(box);
    }
  }

  private static void use(LiteBox box) {
    SeenBoxes.use(box);
    ExecResult hello = box.exec("echo", "hello");
    assertThat(hello).succeeded().hasStdout("hello\n");
  }

  private static void leaveAndExpectNoTrace(LiteBox box) {
    assertThat(box.exec("ls", "/trace")).exitedWith(1);
    assertThat(box.exec("touch", "/trace")).succeeded();
  }
}

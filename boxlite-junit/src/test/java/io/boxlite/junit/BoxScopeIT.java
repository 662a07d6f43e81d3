package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.SeenBoxes.assertClosed;
import static io.boxlite.junit.SeenBoxes.use;

import io.boxlite.LiteBox;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.platform.testkit.engine.Events;

/** How long boxes live, and who shares them. */
class BoxScopeIT {
  @BeforeEach
  void forget() {
    SeenBoxes.forget();
  }

  @Test
  void aStaticFieldHasOneBoxForItsClassAndTheClassesNestedInIt() {
    Runs.passes(3, StaticField.class);
    assertClosed(1);
  }

  static class StaticField {
    @Box private static LiteBox box;

    @BeforeAll
    static void isSetAlready() {
      use(box);
    }

    @Test
    void first() {
      use(box);
    }

    @Test
    void second() {
      use(box);
    }

    @Nested
    class Inner {
      @Test
      void third() {
        use(box);
      }
    }

    @AfterAll
    static void stillRuns() {
      use(box);
    }
  }

  @Test
  void aStaticFieldOfASuperclassHasABoxForEachClassThatRuns() {
    Runs.passes(2, FirstHeir.class, SecondHeir.class);
    assertClosed(2);
  }

  static class Bequest {
    @Box static LiteBox box;

    @Test
    void test() {
      use(box);
    }
  }

  static class FirstHeir extends Bequest {}

  static class SecondHeir extends Bequest {}

  @Test
  void aRecordGetsItsBoxThroughItsConstructor() {
    Runs.passes(2, OfRecord.class);
    assertClosed(2);
  }

  record OfRecord(@Box LiteBox box) {
    @Test
    void first() {
      use(box);
    }

    @Test
    void second() {
      use(box);
    }
  }

  @Test
  void anAnnotationOfBothAParameterOfTheConstructorAndItsFieldAsksForOneBox() {
    Runs.passes(4, Properties.class, PropertiesForAll.class);
    assertClosed(4 + 2);
  }

  /** What Kotlin makes of {@code class Properties(@Box val fixed: LiteBox, @Box var ...)}. */
  static class Properties {
    @Box private final LiteBox fixed;
    @Box private LiteBox variable;

    Properties(@Box LiteBox fixed, @Box LiteBox variable) {
      this.fixed = fixed;
      this.variable = variable;
    }

    @Test
    void first() {
      use(fixed);
      use(variable);
    }

    @Test
    void second() {
      use(fixed);
      use(variable);
    }
  }

  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class PropertiesForAll {
    @Box(concurrent = true)
    private final LiteBox fixed;

    @Box(concurrent = true)
    private LiteBox variable;

    PropertiesForAll(
        @Box(concurrent = true) LiteBox fixed,
        @Box(concurrent = true, name = "variable") LiteBox variable) {
      this.fixed = fixed;
      this.variable = variable;
    }

    @Test
    void first() {
      use(fixed);
      use(variable);
    }

    @Test
    void second() {
      use(fixed);
      use(variable);
    }
  }

  @Test
  void aFieldThatTheConstructorLeavesAloneHasABoxOfItsOwn() {
    Runs.passes(1, FieldBesideParameter.class);
    assertClosed(2);
  }

  static class FieldBesideParameter {
    private final LiteBox given;
    @Box private LiteBox box;

    FieldBesideParameter(@Box LiteBox given) {
      this.given = given;
    }

    @Test
    void test() {
      use(given);
      use(box);
    }
  }

  @Test
  void theConstructorOfAnInstanceForAllTestsGetsOneBoxForAll() {
    Runs.passes(2, OneInstance.class);
    assertClosed(1);
  }

  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class OneInstance {
    private final LiteBox box;

    OneInstance(@Box LiteBox box) {
      this.box = box;
    }

    @Test
    void first() {
      use(box);
    }

    @Test
    void second() {
      use(box);
    }
  }

  @Test
  void parametersOfOneClassShareABoxUnlessItsNameSaysOtherwise() {
    Runs.passes(2, ClassParameters.class);
    assertClosed(2);
  }

  static class ClassParameters {
    @BeforeAll
    static void prepare(@Box LiteBox box) {
      assertThat(box.exec("touch", "/prepared")).succeeded();
      use(box);
    }

    @Test
    void test(
        @Box(scope = BoxScope.CLASS) LiteBox box,
        @Box(scope = BoxScope.CLASS, name = "other") LiteBox other) {
      assertThat(box.exec("ls", "/prepared")).succeeded();
      assertThat(other.exec("ls", "/prepared")).exitedWith(1);
      use(box);
      use(other);
    }

    @Test
    void again(@Box(scope = BoxScope.CLASS) LiteBox box) {
      use(box);
    }

    @AfterAll
    static void stillRuns(@Box LiteBox box) {
      use(box);
    }
  }

  @Test
  void classesShareABoxOfTheSession() {
    Runs.passes(3, FirstOfSession.class, SecondOfSession.class);
    assertThat(SeenBoxes.all().stream().distinct()).hasSize(1);
  }

  static class FirstOfSession {
    @Box(scope = BoxScope.SESSION)
    private LiteBox box;

    @Test
    void leaves() {
      use(box);
    }

    @Test
    void leavesMore(@Box(scope = BoxScope.SESSION) LiteBox same) {
      use(box);
      use(same);
    }
  }

  static class SecondOfSession {
    @Box(scope = BoxScope.SESSION)
    private static LiteBox box;

    @Test
    void finds() {
      use(box);
    }
  }

  @Test
  void anInstanceFieldCanShareItsBoxWithTheOtherTestsOfItsClass() {
    Runs.passes(2, ClassField.class);
    assertClosed(1);
  }

  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class ClassField {
    @Box(scope = BoxScope.CLASS)
    private LiteBox box;

    @BeforeAll
    void isSetAlready() {
      use(box);
    }

    @Test
    void first() {
      use(box);
    }

    @Test
    void second() {
      use(box);
    }
  }

  @Test
  void testsOfAnInterfaceGetBoxesAsOthersDo() {
    Runs.passes(1, OfInterface.class);
    assertClosed(3);
  }

  interface Contract {
    @BeforeEach
    default void prepare(@Box LiteBox box) {
      use(box);
    }

    @Test
    default void test(@Box LiteBox box) {
      use(box);
    }

    @AfterEach
    default void check(@Box LiteBox box) {
      use(box);
    }
  }

  static class OfInterface implements Contract {}

  @Test
  void aFailureBeforeAllTestsClosesTheBoxAsWell() {
    Events events = Runs.of(FailingBeforeAll.class).allEvents();

    assertThat(Runs.failures(events)).singleElement().isInstanceOf(AssertionError.class);
    assertClosed(1);
  }

  static class FailingBeforeAll {
    @BeforeAll
    static void prepare(@Box LiteBox box) {
      use(box);
      assertThat(box.exec("false")).succeeded();
    }

    @Test
    void test() {}

    @AfterEach
    void never() {}
  }
}

package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.SeenBoxes.assertClosed;
import static io.boxlite.junit.SeenBoxes.use;

import io.boxlite.LiteBox;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Boxes in classes that run once for each set of arguments, which came with JUnit 5.13. */
class BoxParameterizedClassIT {
  @BeforeEach
  void forget() {
    SeenBoxes.forget();
  }

  @Test
  void allInvocationsShareTheBoxOfTheClass() {
    Runs.passes(4, Shared.class);
    assertClosed(2);
  }

  @ParameterizedClass
  @ValueSource(strings = {"a", "b"})
  @SuppressWarnings("NullAway.Init")
  static class Shared {
    @Box static LiteBox ofField;

    @Parameter String argument;

    @BeforeAll
    static void prepare(@Box LiteBox box) {
      assertThat(box.exec("touch", "/prepared")).succeeded();
      use(box);
      use(ofField);
    }

    @Test
    void first(@Box(scope = BoxScope.CLASS) LiteBox box) {
      assertThat(box.exec("ls", "/prepared")).succeeded();
      use(box);
      use(ofField);
    }

    @Nested
    class Inner {
      @Test
      void second(@Box(scope = BoxScope.CLASS) LiteBox ofInner) {
        assertThat(ofField.exec("echo", argument)).hasStdout(argument + "\n");
      }
    }

    @AfterAll
    static void stillRuns(@Box LiteBox box) {
      assertThat(box.exec("ls", "/prepared")).succeeded();
    }
  }

  @Test
  void eachInvocationHasBoxesForItsTests() {
    Runs.passes(2, Own.class);
    assertClosed(2 * 2);
  }

  @ParameterizedClass
  @ValueSource(ints = {1, 2})
  @SuppressWarnings("NullAway.Init")
  static class Own {
    private final LiteBox ofConstructor;

    @Box LiteBox ofField;

    Own(int argument, @Box LiteBox ofConstructor) {
      this.ofConstructor = ofConstructor;
    }

    @Test
    void test() {
      use(ofConstructor);
      use(ofField);
    }
  }
}

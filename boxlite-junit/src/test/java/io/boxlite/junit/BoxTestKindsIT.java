package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.SeenBoxes.assertClosed;
import static io.boxlite.junit.SeenBoxes.use;

import io.boxlite.LiteBox;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Boxes in every kind of test, and composed annotations. */
class BoxTestKindsIT {
  @BeforeEach
  void forget() {
    SeenBoxes.forget();
  }

  @Test
  void eachInvocationOfAParameterizedTestHasABoxOfItsOwn() {
    Runs.passes(2, Parameterized.class);
    assertClosed(2);
  }

  static class Parameterized {
    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void test(String text, @Box LiteBox box) {
      use(box);
      assertThat(box.exec("echo", text)).hasStdout(text + "\n");
    }
  }

  @Test
  void eachRepetitionHasABoxOfItsOwn() {
    Runs.passes(2, Repeated.class);
    assertClosed(2);
  }

  static class Repeated {
    @RepeatedTest(2)
    void test(@Box LiteBox box) {
      use(box);
    }
  }

  @Test
  void theDynamicTestsOfAFactoryShareItsBox() {
    Runs.passes(2, Factory.class);
    assertClosed(1);
  }

  static class Factory {
    @TestFactory
    Stream<DynamicTest> tests(@Box LiteBox box) {
      return Stream.of("a", "b")
          .map(
              text ->
                  DynamicTest.dynamicTest(
                      text,
                      () -> {
                        use(box);
                        assertThat(box.exec("echo", text)).hasStdout(text + "\n");
                      }));
    }
  }

  @Test
  void eachInvocationOfATemplateHasABoxOfItsOwn() {
    Runs.passes(2, Template.class);
    assertClosed(2);
  }

  static class Template {
    @TestTemplate
    @ExtendWith(Twice.class)
    void test(@Box LiteBox box) {
      use(box);
    }
  }

  static class Twice implements TestTemplateInvocationContextProvider {
    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
      return true;
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
        ExtensionContext context) {
      return Stream.of(
          new TestTemplateInvocationContext() {}, new TestTemplateInvocationContext() {});
    }
  }

  @Test
  void aComposedAnnotationOverridesAttributesAndLetsTheTestOverrideThem() {
    Runs.passes(1, Composed.class);
    assertClosed(2);
  }

  @Retention(RetentionPolicy.RUNTIME)
  @Box(memoryMib = 192, env = "KIND=small")
  @interface SmallBox {
    int memoryMib() default 224;

    String[] env() default "KIND=smaller";
  }

  @Retention(RetentionPolicy.RUNTIME)
  @SmallBox
  @interface NamedBox {
    String env() default "KIND=named";
  }

  static class Composed {
    @Test
    void test(@SmallBox(memoryMib = 256) LiteBox small, @NamedBox LiteBox named) {
      assertThat(List.of(small.info().memoryMib(), named.info().memoryMib()))
          .containsExactly(256, 224);
      assertThat(small.exec("sh", "-c", "echo $KIND")).hasStdout("smaller\n");
      assertThat(named.exec("sh", "-c", "echo $KIND")).hasStdout("named\n");
      use(small);
      use(named);
    }
  }
}

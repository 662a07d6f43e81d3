package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;

import io.boxlite.LiteBox;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/** What the extension refuses, before any box starts. */
class BoxExtensionTest {
  private static final String THIS = BoxExtensionTest.class.getName();

  @Test
  void refusesAFieldOfAnotherType() {
    refuses(
        OtherType.class,
        ExtensionConfigurationException.class,
        "@Box field `box` in class " + THIS + "$OtherType must be of type LiteBox but is String");
  }

  static class OtherType {
    @Box String box;

    @Test
    void test() {}
  }

  @Test
  void refusesAStaticFieldThatIsToBelongToATest() {
    refuses(
        StaticField.class,
        ExtensionConfigurationException.class,
        "@Box field `box` in class "
            + THIS
            + "$StaticField has no test method that its box could belong to; make its scope CLASS"
            + " or SESSION, or put it on a parameter of a test method or on an instance field");
  }

  static class StaticField {
    @Box(scope = BoxScope.METHOD)
    static LiteBox box;

    @Test
    void test() {}
  }

  @Test
  void refusesConcurrentUseOfABoxThatBelongsToOneTest() {
    refuses(
        ConcurrentMethod.class,
        ParameterResolutionException.class,
        "@Box parameter `box` of method test in class "
            + THIS
            + "$ConcurrentMethod: concurrent is for boxes that tests share, but this one belongs to"
            + " one test; take it away, or make its scope CLASS or SESSION");
  }

  static class ConcurrentMethod {
    @Test
    void test(@Box(concurrent = true) LiteBox box) {}
  }

  @Test
  void refusesAnOverridingAttributeOfAnotherType() {
    refuses(
        WrongOverride.class,
        ParameterResolutionException.class,
        "@Box parameter `box` of method test in class "
            + THIS
            + "$WrongOverride: attribute memoryMib of @TextBox overrides that of @Box, which is of"
            + " type Integer, but is of type String; change its type or its name");
  }

  @Retention(RetentionPolicy.RUNTIME)
  @Box
  @interface TextBox {
    String memoryMib() default "256";
  }

  static class WrongOverride {
    @Test
    void test(@TextBox LiteBox box) {}
  }

  @Test
  void refusesTwoAnnotationsThatEachAskForABox() {
    refuses(
        Twice.class,
        ParameterResolutionException.class,
        "@Box parameter `box` of method test in class "
            + THIS
            + "$Twice: @Box and @SmallBox each ask for a box; keep one of them");
  }

  @Retention(RetentionPolicy.RUNTIME)
  @Box(memoryMib = 128)
  @interface SmallBox {}

  static class Twice {
    @Test
    void test(@Box @SmallBox LiteBox box) {}
  }

  @Test
  void refusesAFinalField() {
    refuses(
        FinalField.class,
        ExtensionConfigurationException.class,
        "@Box field `box` in class "
            + THIS
            + "$FinalField must not be final, because it is set before each test. Remove final, or"
            + " set it in the constructor from a parameter with @Box");
  }

  static class FinalField {
    @Box final @Nullable LiteBox box = null;

    @Test
    void test() {}
  }

  @Test
  void refusesAnInheritedFieldAndNamesItsClass() {
    refuses(
        Heir.class,
        ExtensionConfigurationException.class,
        "@Box field `box` in class " + THIS + "$OtherType must be of type LiteBox but is String");
  }

  static class Heir extends OtherType {}

  @Test
  void refusesAParameterOfAnotherType() {
    refuses(
        ParameterType.class,
        ParameterResolutionException.class,
        "@Box parameter `box` of method test in class "
            + THIS
            + "$ParameterType must be of type LiteBox but is Object");
  }

  static class ParameterType {
    @Test
    void test(@Box Object box) {}
  }

  @Test
  void refusesAParameterWithABadValue() {
    refuses(
        BadValue.class,
        ParameterResolutionException.class,
        "@Box parameter `box` of method test in class "
            + THIS
            + "$BadValue: cpus is 0; it must be from 1 to 64");
  }

  static class BadValue {
    @Test
    void test(@Box(cpus = 0) LiteBox box) {}
  }

  @Test
  void refusesAParameterOfBeforeAllThatIsToBelongToATest() {
    refuses(
        InBeforeAll.class,
        ParameterResolutionException.class,
        "@Box parameter `box` of method prepare in class "
            + THIS
            + "$InBeforeAll has no test method that its box could belong to; make its scope CLASS"
            + " or SESSION, or put it on a parameter of a test method or on an instance field");
  }

  static class InBeforeAll {
    @BeforeAll
    static void prepare(@Box(scope = BoxScope.METHOD) LiteBox box) {}

    @Test
    void test() {}
  }

  private static void refuses(Class<?> testClass, Class<? extends Exception> type, String message) {
    List<Throwable> failures = Runs.failures(Runs.of(testClass).allEvents());

    assertThat(failures).hasSize(1);
    assertThat(failures.get(0)).isInstanceOf(type).hasMessage(message).hasNoCause();
  }
}

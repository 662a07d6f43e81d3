package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;

import io.boxlite.LiteBox;
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
  void refusesAStaticField() {
    refuses(
        StaticField.class,
        ExtensionConfigurationException.class,
        "@Box field `box` in class "
            + THIS
            + "$StaticField must not be static: a box belongs to one test method");
  }

  static class StaticField {
    @Box static LiteBox box;

    @Test
    void test() {}
  }

  @Test
  void refusesAFinalField() {
    refuses(
        FinalField.class,
        ExtensionConfigurationException.class,
        "@Box field `box` in class "
            + THIS
            + "$FinalField must not be final: it is set for each test method");
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
  void refusesAParameterOfAConstructor() {
    refuses(
        InConstructor.class,
        ParameterResolutionException.class,
        "@Box parameter `box` of the constructor in class "
            + THIS
            + "$InConstructor has no test method that its box could belong to; put it on a parameter"
            + " of a test method or on a field");
  }

  static class InConstructor {
    InConstructor(@Box LiteBox box) {}

    @Test
    void test() {}
  }

  @Test
  void refusesAParameterOfBeforeAll() {
    refuses(
        InBeforeAll.class,
        ParameterResolutionException.class,
        "@Box parameter `box` of method prepare in class "
            + THIS
            + "$InBeforeAll has no test method that its box could belong to; put it on a parameter"
            + " of a test method or on a field");
  }

  static class InBeforeAll {
    @BeforeAll
    static void prepare(@Box LiteBox box) {}

    @Test
    void test() {}
  }

  private static void refuses(Class<?> testClass, Class<? extends Exception> type, String message) {
    List<Throwable> failures = Runs.failures(Runs.of(testClass).allEvents());

    assertThat(failures).hasSize(1);
    assertThat(failures.get(0)).isInstanceOf(type).hasMessage(message);
  }
}

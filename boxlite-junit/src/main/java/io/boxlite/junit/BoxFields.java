package io.boxlite.junit;

import static org.junit.platform.commons.support.AnnotationSupport.findAnnotatedFields;
import static org.junit.platform.commons.support.AnnotationSupport.findAnnotation;

import io.boxlite.BoxOptions;
import io.boxlite.LiteBox;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.function.Function;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.ModifierSupport;

/** The fields of a test class that ask for a box. */
final class BoxFields {
  private BoxFields() {}

  /** Refuses static fields: no test method's box could be theirs alone. */
  static void refuseStatic(Class<?> testClass) {
    findAnnotatedFields(testClass, Box.class, ModifierSupport::isStatic).stream()
        .findFirst()
        .ifPresent(
            field -> {
              throw new ExtensionConfigurationException(
                  "@Box " + place(field) + " must not be static: a box belongs to one test method");
            });
  }

  /** Sets each annotated field of the instance to a box of its own. */
  static void inject(Object instance, Function<BoxOptions, LiteBox> start) {
    for (Field field :
        findAnnotatedFields(instance.getClass(), Box.class, ModifierSupport::isNotStatic)) {
      set(field, instance, start.apply(options(field)));
    }
  }

  private static BoxOptions options(Field field) {
    if (Modifier.isFinal(field.getModifiers())) {
      throw new ExtensionConfigurationException(
          "@Box " + place(field) + " must not be final: it is set for each test method");
    }
    try {
      return new BoxDeclaration(
              findAnnotation(field, Box.class).orElseThrow(), place(field), field.getType())
          .options();
    } catch (IllegalArgumentException e) {
      throw new ExtensionConfigurationException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void set(Field field, Object instance, LiteBox box) {
    try {
      field.setAccessible(true);
      field.set(instance, box);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new ExtensionConfigurationException(
          "@Box "
              + place(field)
              + " cannot be set; if its module keeps its package closed, open it to"
              + " org.junit.platform.commons and io.boxlite.junit",
          e);
    }
  }

  private static String place(Field field) {
    return "field `" + field.getName() + "` in class " + field.getDeclaringClass().getName();
  }
}

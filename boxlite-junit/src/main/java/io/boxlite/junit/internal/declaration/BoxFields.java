package io.boxlite.junit.internal.declaration;

import static org.junit.platform.commons.support.AnnotationSupport.findAnnotatedFields;

import io.boxlite.junit.Box;
import java.lang.reflect.Field;
import java.util.List;
import org.junit.platform.commons.support.ModifierSupport;

/** Finds the fields of a test class that are annotated with {@link Box}. */
public final class BoxFields {
  private BoxFields() {}

  /** Returns the static fields, including inherited ones. */
  public static List<Field> ofClass(Class<?> testClass) {
    return findAnnotatedFields(testClass, Box.class, ModifierSupport::isStatic);
  }

  /**
   * Returns the instance fields, including inherited ones. Fields of a record are left out: their
   * annotations apply to the parameters of the constructor, which sets them.
   */
  public static List<Field> ofInstances(Class<?> testClass) {
    return findAnnotatedFields(
        testClass,
        Box.class,
        field -> ModifierSupport.isNotStatic(field) && !field.getDeclaringClass().isRecord());
  }
}

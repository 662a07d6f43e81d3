package io.boxlite.junit;

import static org.junit.platform.commons.support.AnnotationSupport.findAnnotatedFields;

import io.boxlite.LiteBox;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.ModifierSupport;

/** The fields of a test class that ask for a box. */
final class BoxFields {
  private BoxFields() {}

  /** The static ones, inherited ones included. */
  static List<Field> ofClass(Class<?> testClass) {
    return findAnnotatedFields(testClass, Box.class, ModifierSupport::isStatic);
  }

  /**
   * The others, inherited ones included; not those of a record, whose constructor has the same
   * annotations and sets them.
   */
  static List<Field> ofInstances(Class<?> testClass) {
    return findAnnotatedFields(
        testClass,
        Box.class,
        field -> ModifierSupport.isNotStatic(field) && !field.getDeclaringClass().isRecord());
  }

  /**
   * Sets fields.
   *
   * @param instance the object that has them; any for static ones
   * @param wanted which of them
   * @param start gives the box of a declaration
   * @throws ExtensionConfigurationException when a declaration cannot be met
   */
  static void inject(
      List<Field> fields,
      Object instance,
      Predicate<BoxDeclaration> wanted,
      Function<BoxDeclaration, LiteBox> start) {
    for (Field field : fields) {
      try {
        BoxDeclaration declaration = BoxDeclaration.of(field);
        if (wanted.test(declaration)) {
          refuseFinal(field, declaration);
          set(field, declaration, instance, start.apply(declaration));
        }
      } catch (InvalidDeclarationException e) {
        throw new ExtensionConfigurationException(String.valueOf(e.getMessage()), e.getCause());
      }
    }
  }

  private static void refuseFinal(Field field, BoxDeclaration declaration) {
    if (Modifier.isFinal(field.getModifiers())) {
      throw new InvalidDeclarationException(
          "@Box "
              + declaration.place()
              + " must not be final: it is set before each "
              + (declaration.isStaticField() ? "class" : "test"));
    }
  }

  private static void set(Field field, BoxDeclaration declaration, Object instance, LiteBox box) {
    try {
      field.setAccessible(true);
      field.set(instance, box);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new InvalidDeclarationException(
          "@Box "
              + declaration.place()
              + " cannot be set; if its module keeps its package closed, open it to"
              + " org.junit.platform.commons and io.boxlite.junit",
          e);
    }
  }
}

package io.boxlite.junit.internal.declaration;

import static org.junit.platform.commons.support.AnnotationSupport.findAnnotatedFields;

import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.ModifierSupport;

/** The fields of a test class that ask for a box. */
public final class BoxFields {
  private BoxFields() {}

  /** The static ones, inherited ones included. */
  public static List<Field> ofClass(Class<?> testClass) {
    return findAnnotatedFields(testClass, Box.class, ModifierSupport::isStatic);
  }

  /**
   * The others, inherited ones included; not those of a record, whose constructor has the same
   * annotations and sets them.
   */
  public static List<Field> ofInstances(Class<?> testClass) {
    return findAnnotatedFields(
        testClass,
        Box.class,
        field -> ModifierSupport.isNotStatic(field) && !field.getDeclaringClass().isRecord());
  }

  /**
   * Sets fields.
   *
   * @param instance the object that has them; any for static ones
   * @param isSet tells from the value of an instance's field whether its constructor has set it,
   *     and this must not: a component of a record, a property of a Kotlin class, where one
   *     annotation stands for both the parameter and the field
   * @param wanted which of them
   * @param start gives the box of a declaration
   * @throws ExtensionConfigurationException when a declaration cannot be met
   */
  public static void inject(
      List<Field> fields,
      Object instance,
      Predicate<@Nullable Object> isSet,
      Predicate<BoxDeclaration> wanted,
      Function<BoxDeclaration, LiteBox> start) {
    for (Field field : fields) {
      try {
        BoxDeclaration declaration = BoxDeclaration.of(field);
        if (!(ModifierSupport.isNotStatic(field) && isSet.test(value(field, instance)))
            && wanted.test(declaration)) {
          refuseFinal(field, declaration);
          set(field, declaration, instance, start.apply(declaration));
        }
      } catch (InvalidDeclarationException e) {
        throw refused(e);
      }
    }
  }

  private static ExtensionConfigurationException refused(InvalidDeclarationException e) {
    String message = String.valueOf(e.getMessage());
    Throwable cause = e.getCause();
    return cause == null
        ? new ExtensionConfigurationException(message)
        : new ExtensionConfigurationException(message, cause);
  }

  private static void refuseFinal(Field field, BoxDeclaration declaration) {
    if (Modifier.isFinal(field.getModifiers())) {
      throw new InvalidDeclarationException(
          "@Box "
              + declaration.place()
              + " must not be final: it is set before each "
              + (declaration.isStaticField()
                  ? "class"
                  : "test; or have the constructor set it, from a parameter with @Box"));
    }
  }

  private static @Nullable Object value(Field field, Object instance) {
    try {
      field.setAccessible(true);
      return field.get(instance);
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null; // told when it is set
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

package io.boxlite.junit.internal.sharing;

import static org.junit.platform.commons.support.AnnotationSupport.findAnnotatedMethods;

import io.boxlite.junit.BoxReset;
import io.boxlite.junit.BoxScope;
import io.boxlite.junit.internal.declaration.BoxDeclaration;
import io.boxlite.junit.internal.declaration.BoxFields;
import io.boxlite.junit.internal.declaration.BoxKey;
import io.boxlite.junit.internal.declaration.InvalidDeclarationException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/**
 * How a test uses a box that it shares with others.
 *
 * @param box the box
 * @param exclusive whether no other test may use it meanwhile
 * @param reset whether it is to be as new
 * @param place one of the places that declare it, for messages
 */
public record SharedUse(SharedBox box, boolean exclusive, boolean reset, String place) {

  /**
   * All that a test, or a method for all tests of a class, shares with others, by the places that
   * could hand it out to the test: used or not, since all locks are to be taken at once, in one
   * order.
   */
  public static List<SharedUse> of(ExtensionContext context) {
    return new Search(context).run();
  }

  private SharedUse and(SharedUse other) {
    return new SharedUse(box, exclusive || other.exclusive, reset || other.reset, place);
  }

  private static final class Search {
    private final ExtensionContext context;
    private final Map<SharedBox, SharedUse> found = new LinkedHashMap<>();

    /**
     * The class whose one instance serves all tests, as of the class looked at: itself, or the
     * nearest nested in it, whose instance has one instance of all classes around it.
     */
    private @Nullable ExtensionContext instanceOwner;

    Search(ExtensionContext context) {
      this.context = context;
    }

    List<SharedUse> run() {
      context.getTestMethod().ifPresent(method -> parameters(method, true));
      Map<Class<?>, ExtensionContext> classes = new LinkedHashMap<>();
      for (Optional<ExtensionContext> at = Optional.of(context);
          at.isPresent();
          at = at.get().getParent()) {
        if (at.get().getTestMethod().isEmpty() && at.get().getTestClass().isPresent()) {
          classes.putIfAbsent(at.get().getRequiredTestClass(), at.get());
        }
      }
      classes.forEach(this::ofClass);
      return found.values().stream()
          .sorted(Comparator.comparingLong(use -> use.box().order()))
          .toList();
    }

    private void ofClass(Class<?> testClass, ExtensionContext context) {
      if (context.getTestInstanceLifecycle().orElse(Lifecycle.PER_METHOD) == Lifecycle.PER_CLASS) {
        instanceOwner = context;
      }
      for (Constructor<?> constructor : testClass.getDeclaredConstructors()) {
        parameters(constructor, instanceOwner == null);
      }
      lifecycle(testClass, BeforeEach.class, true);
      lifecycle(testClass, AfterEach.class, true);
      lifecycle(testClass, BeforeAll.class, false);
      lifecycle(testClass, AfterAll.class, false);
      BoxFields.ofClass(testClass).forEach(this::field);
      boolean changing = false;
      for (Field field : BoxFields.ofInstances(testClass)) {
        if (!Modifier.isFinal(field.getModifiers())) { // which a constructor sets, if anything does
          changing |= !field(field);
        }
      }
      if (changing && instanceOwner != null) {
        // Tests that run at the same time would see each other's boxes.
        String owner = instanceOwner.getUniqueId();
        SharedBox fields = ClassBoxes.of(instanceOwner).get(BoxKey.ofFields(owner));
        found.putIfAbsent(
            fields,
            new SharedUse(fields, true, false, "the @Box fields of " + testClass.getName()));
      }
    }

    private void lifecycle(Class<?> testClass, Class<? extends Annotation> kind, boolean inTest) {
      for (Method method : findAnnotatedMethods(testClass, kind, HierarchyTraversalMode.TOP_DOWN)) {
        parameters(method, inTest);
      }
    }

    private void parameters(Executable executable, boolean inTest) {
      Parameter[] parameters = executable.getParameters();
      for (int i = 0; i < parameters.length; i++) {
        try {
          BoxDeclaration.of(parameters[i], i).ifPresent(declaration -> add(declaration, inTest));
        } catch (InvalidDeclarationException e) {
          // Who is to resolve it tells of it, with the exception that belongs there.
        }
      }
    }

    /** Whether its box is shared, so that it is not set for each test. */
    private boolean field(Field field) {
      try {
        return add(BoxDeclaration.of(field), true);
      } catch (InvalidDeclarationException e) {
        return true; // as above
      }
    }

    private boolean add(BoxDeclaration declaration, boolean inTest) {
      BoxScope scope = declaration.scope(inTest);
      if (scope == BoxScope.METHOD) {
        return false;
      }
      SharedBox box = ClassBoxes.find(context, declaration, scope);
      found.merge(
          box,
          new SharedUse(
              box,
              !declaration.box().concurrent(),
              declaration.box().reset() == BoxReset.EACH_TEST,
              "@Box " + declaration.place()),
          SharedUse::and);
      return true;
    }
  }
}

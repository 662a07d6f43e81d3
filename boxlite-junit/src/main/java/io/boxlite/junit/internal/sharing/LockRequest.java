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
 * A lock that a test needs on a box that it shares with others.
 *
 * @param box the box
 * @param exclusive whether no other test may use the box at the same time
 * @param reset whether the box is reset before the test
 * @param scope of the box
 * @param network the network between boxes that the box joins, or an empty text
 * @param place one of the declarations that refer to the box, for messages
 */
public record LockRequest(
    SharedBox box, boolean exclusive, boolean reset, BoxScope scope, String network, String place) {

  /**
   * Finds the locks that a test, or a lifecycle method of a class, needs: one for each shared box
   * that a declaration can give to the test, in the order in which they must be acquired.
   */
  static List<LockRequest> findAll(ExtensionContext context) {
    return new Search(context).run();
  }

  private LockRequest merge(LockRequest other) {
    return new LockRequest(
        box, exclusive || other.exclusive, reset || other.reset, scope, network, place);
  }

  private static final class Search {
    private final ExtensionContext context;
    private final Map<SharedBox, LockRequest> found = new LinkedHashMap<>();

    /**
     * The class with lifecycle PER_CLASS whose instance all tests use: the class being searched, or
     * the nearest one nested in it. An instance of a nested class has only one instance of each
     * class around it.
     */
    private @Nullable ExtensionContext instanceOwner;

    Search(ExtensionContext context) {
      this.context = context;
    }

    List<LockRequest> run() {
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
          .sorted(Comparator.comparingLong(request -> request.box().order()))
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
      boolean setForEachTest = false;
      for (Field field : BoxFields.ofInstances(testClass)) {
        if (!Modifier.isFinal(field.getModifiers())) { // only a constructor can set a final one
          setForEachTest |= !field(field);
        }
      }
      if (setForEachTest && instanceOwner != null) {
        // Tests that ran at the same time would see each other's boxes in these fields.
        String owner = instanceOwner.getUniqueId();
        SharedBox fields = ClassBoxes.of(instanceOwner).get(BoxKey.ofFields(owner));
        found.putIfAbsent(
            fields,
            new LockRequest(
                fields,
                true,
                false,
                BoxScope.CLASS,
                "",
                "the @Box fields of " + testClass.getName()));
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
          // resolveParameter will report it.
        }
      }
    }

    /** Returns whether the box is shared, so that the field is not set for each test. */
    private boolean field(Field field) {
      try {
        return add(BoxDeclaration.of(field), true);
      } catch (InvalidDeclarationException e) {
        return true; // reported when the field is set
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
          new LockRequest(
              box,
              !declaration.box().concurrent(),
              declaration.box().reset() == BoxReset.EACH_TEST,
              scope,
              declaration.box().join(),
              "@Box " + declaration.place()),
          LockRequest::merge);
      return true;
    }
  }
}

package io.boxlite.junit.internal;

import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import io.boxlite.junit.BoxScope;
import io.boxlite.junit.internal.declaration.BoxDeclaration;
import io.boxlite.junit.internal.declaration.BoxFields;
import io.boxlite.junit.internal.declaration.InvalidDeclarationException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.platform.commons.support.ModifierSupport;

/**
 * The extension that {@link Box} registers: sets annotated fields and resolves annotated
 * parameters.
 *
 * <p>The order in which JUnit calls it is that of the methods below. For a test, the first call of
 * {@link TestBoxes#of} waits for the locks on shared boxes; {@link TestBoxes#get} starts a box.
 * JUnit closes {@link TestBoxes} after the test.
 */
public final class BoxExtension
    implements ExecutionCondition,
        BeforeAllCallback,
        TestInstancePostProcessor,
        BeforeEachCallback,
        InvocationInterceptor,
        ParameterResolver {

  /**
   * Skips a test if the settings say so. This is the last chance: JUnit reports any exception of a
   * parameter resolver as a failure.
   */
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return EnabledIfBoxliteCondition.evaluate(context, false);
  }

  /** Runs the constructor in the context of the test if each test has its own instance. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  /** Sets static fields. */
  @Override
  public void beforeAll(ExtensionContext context) {
    Class<?> testClass = context.getRequiredTestClass();
    injectFields(context, BoxFields.ofClass(testClass), testClass, declaration -> true);
  }

  /**
   * Sets the fields of an instance that serves all tests if their boxes are shared, so that {@code
   * BeforeAll} methods can use them.
   */
  @Override
  public void postProcessTestInstance(Object instance, ExtensionContext context) {
    if (context.getTestInstanceLifecycle().orElse(Lifecycle.PER_METHOD) == Lifecycle.PER_CLASS) {
      injectFields(
          context,
          BoxFields.ofInstances(instance.getClass()),
          instance,
          declaration -> declaration.scope(true) != BoxScope.METHOD);
    }
  }

  /** Sets the fields of the test's instance, and of the instances around it. */
  @Override
  public void beforeEach(ExtensionContext context) {
    for (Object instance : context.getRequiredTestInstances().getAllInstances()) {
      injectFields(
          context, BoxFields.ofInstances(instance.getClass()), instance, declaration -> true);
    }
    TestBoxes.of(context); // a test without fields to set needs the locks, too
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.isAnnotated(Box.class);
  }

  @Override
  public LiteBox resolveParameter(ParameterContext parameter, ExtensionContext context) {
    try {
      BoxDeclaration declaration =
          BoxDeclaration.of(parameter.getParameter(), parameter.getIndex()).orElseThrow();
      return TestBoxes.of(context).get(declaration);
    } catch (InvalidDeclarationException e) {
      throw as(ParameterResolutionException::new, ParameterResolutionException::new, e);
    }
  }

  private static void injectFields(
      ExtensionContext context,
      List<Field> fields,
      Object instance,
      Predicate<BoxDeclaration> condition) {
    for (Field field : fields) {
      try {
        BoxDeclaration declaration = BoxDeclaration.of(field);
        if (!isSetByConstructor(context, field, instance) && condition.test(declaration)) {
          requireNotFinal(field, declaration);
          set(field, declaration, instance, TestBoxes.of(context).get(declaration));
        }
      } catch (InvalidDeclarationException e) {
        throw as(ExtensionConfigurationException::new, ExtensionConfigurationException::new, e);
      }
    }
  }

  /**
   * Returns whether the constructor has set a field to the box of its parameter. Both have the same
   * annotation where one declaration stands for both, as in a Kotlin class.
   */
  private static boolean isSetByConstructor(
      ExtensionContext context, Field field, Object instance) {
    return ModifierSupport.isNotStatic(field)
        && TestBoxes.of(context).wasGivenToConstructor(value(field, instance));
  }

  private static @Nullable Object value(Field field, Object instance) {
    try {
      field.setAccessible(true);
      return field.get(instance);
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null; // set() reports the problem
    }
  }

  private static void requireNotFinal(Field field, BoxDeclaration declaration) {
    if (Modifier.isFinal(field.getModifiers())) {
      throw new InvalidDeclarationException(
          "@Box "
              + declaration.place()
              + " must not be final, because it is set before each "
              + (declaration.isStaticField()
                  ? "class"
                  : "test. Remove final, or set it in the constructor from a parameter with @Box"));
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
              + " cannot be set. If it is in a named module, open its package to"
              + " org.junit.platform.commons and io.boxlite.junit",
          e);
    }
  }

  /** Converts an exception. JUnit 6.1 does not accept null as a cause. */
  private static <T extends Exception> T as(
      Function<String, T> withoutCause,
      BiFunction<String, Throwable, T> withCause,
      InvalidDeclarationException e) {
    String message = String.valueOf(e.getMessage());
    Throwable cause = e.getCause();
    return cause == null ? withoutCause.apply(message) : withCause.apply(message, cause);
  }

  // The methods of a test class run with the locks on shared boxes, in a thread that is known to be
  // the test's.

  @Override
  public void interceptBeforeAllMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    TestBoxes.of(context).runLocked(invocation);
  }

  @Override
  public void interceptBeforeEachMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    TestBoxes.of(context).run(invocation);
  }

  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    TestBoxes.of(context).run(invocation);
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    TestBoxes.of(context).run(invocation);
  }

  @Override
  @SuppressWarnings({
    "unchecked",
    "NullAway"
  }) // JUnit accepts everything that has dynamic nodes, and reports anything else
  public <T> T interceptTestFactoryMethod(
      Invocation<T> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    return (T) TestBoxes.of(context).runFactory(invocation);
  }

  @Override
  public void interceptDynamicTest(
      Invocation<@Nullable Void> invocation,
      DynamicTestInvocationContext test,
      ExtensionContext context)
      throws Throwable {
    TestBoxes.ofFactory(context).runDynamic(invocation);
  }

  @Override
  public void interceptAfterEachMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    TestBoxes.of(context).runAfterEach(invocation);
  }

  @Override
  public void interceptAfterAllMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    TestBoxes.of(context).runLocked(invocation);
  }
}

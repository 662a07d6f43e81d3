package io.boxlite.junit.internal;

import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import io.boxlite.junit.BoxScope;
import io.boxlite.junit.internal.declaration.BoxDeclaration;
import io.boxlite.junit.internal.declaration.BoxFields;
import io.boxlite.junit.internal.declaration.InvalidDeclarationException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;

/** Gives boxes to what {@link Box} annotates. */
public final class BoxExtension
    implements ExecutionCondition,
        BeforeAllCallback,
        TestInstancePostProcessor,
        BeforeEachCallback,
        InvocationInterceptor,
        ParameterResolver {

  /**
   * Skips where that is asked for. Later would be too late: JUnit takes whatever a resolver throws
   * for a failure.
   */
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return BoxliteCondition.evaluate(context, false);
  }

  /** The constructor of an instance that serves one test belongs to that test. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    Class<?> testClass = context.getRequiredTestClass();
    BoxFields.inject(
        BoxFields.ofClass(testClass),
        testClass,
        value -> false,
        declaration -> true,
        declaration -> TestBoxes.of(context).take(declaration));
  }

  /**
   * What is shared is there for {@code @BeforeAll} methods of an instance that serves all tests.
   */
  @Override
  public void postProcessTestInstance(Object instance, ExtensionContext context) {
    if (context.getTestInstanceLifecycle().orElse(Lifecycle.PER_METHOD) == Lifecycle.PER_CLASS) {
      BoxFields.inject(
          BoxFields.ofInstances(instance.getClass()),
          instance,
          TestBoxes.of(context)::isOfConstructor,
          declaration -> declaration.scope(true) != BoxScope.METHOD,
          declaration -> TestBoxes.of(context).take(declaration));
    }
  }

  @Override
  public void interceptBeforeAllMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    TestBoxes.of(context).inTurn(invocation);
  }

  @Override
  public void interceptAfterAllMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    TestBoxes.of(context).inTurn(invocation);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    for (Object instance : context.getRequiredTestInstances().getAllInstances()) {
      BoxFields.inject(
          BoxFields.ofInstances(instance.getClass()),
          instance,
          TestBoxes.of(context)::isOfConstructor,
          declaration -> true,
          declaration -> TestBoxes.of(context).take(declaration));
    }
    TestBoxes.of(context);
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
  }) // JUnit takes all that has dynamic nodes, or complains
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
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.isAnnotated(Box.class);
  }

  @Override
  public LiteBox resolveParameter(ParameterContext parameter, ExtensionContext context) {
    try {
      BoxDeclaration declaration =
          BoxDeclaration.of(parameter.getParameter(), parameter.getIndex()).orElseThrow();
      return TestBoxes.of(context).take(declaration);
    } catch (InvalidDeclarationException e) {
      throw refused(e);
    }
  }

  /** JUnit 6.1 takes a cause for granted where one can be given. */
  private static ParameterResolutionException refused(InvalidDeclarationException e) {
    String message = String.valueOf(e.getMessage());
    Throwable cause = e.getCause();
    return cause == null
        ? new ParameterResolutionException(message)
        : new ParameterResolutionException(message, cause);
  }
}

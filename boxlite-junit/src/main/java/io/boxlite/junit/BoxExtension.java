package io.boxlite.junit;

import io.boxlite.LiteBox;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives boxes to what {@link Box} annotates. */
final class BoxExtension implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {

  @Override
  public void beforeAll(ExtensionContext context) {
    BoxFields.refuseStatic(context.getRequiredTestClass());
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    for (Object instance : context.getRequiredTestInstances().getAllInstances()) {
      BoxFields.inject(instance, options -> TestBoxes.start(context, options));
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.isAnnotated(Box.class);
  }

  @Override
  public LiteBox resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return TestBoxes.start(context, BoxParameters.options(parameter, context));
  }
}

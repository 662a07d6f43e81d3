package io.boxlite.junit;

import io.boxlite.BoxOptions;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Parameter;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/** The parameters that ask for a box. */
final class BoxParameters {
  private BoxParameters() {}

  /** Makes the engine's options of an annotated parameter. */
  static BoxOptions options(ParameterContext parameter, ExtensionContext context) {
    String place = place(parameter);
    if (parameter.getDeclaringExecutable() instanceof Constructor
        || context.getTestMethod().isEmpty()) {
      throw new ParameterResolutionException(
          "@Box "
              + place
              + " has no test method that its box could belong to; put it on a parameter of a test"
              + " method or on a field");
    }
    Box box = parameter.findAnnotation(Box.class).orElseThrow();
    try {
      return new BoxDeclaration(box, place, parameter.getParameter().getType()).options();
    } catch (IllegalArgumentException e) {
      throw new ParameterResolutionException(String.valueOf(e.getMessage()), e);
    }
  }

  private static String place(ParameterContext context) {
    Parameter parameter = context.getParameter();
    Executable executable = context.getDeclaringExecutable();
    String name = // without javac's -parameters the compiler's "arg0" would mislead
        parameter.isNamePresent()
            ? "`" + parameter.getName() + "`"
            : "#" + (context.getIndex() + 1);
    return "parameter "
        + name
        + (executable instanceof Constructor
            ? " of the constructor"
            : " of method " + executable.getName())
        + " in class "
        + executable.getDeclaringClass().getName();
  }
}

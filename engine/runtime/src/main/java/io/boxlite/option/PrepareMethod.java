package io.boxlite.option;

import io.boxlite.BoxOptions;
import io.boxlite.Command;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A static method without parameters that returns commands to prepare a box: a {@link Command}, an
 * array or a {@link Collection} of them.
 *
 * @param declared the name as it was declared
 * @param className the binary name of its class
 * @param methodName its own name
 */
public record PrepareMethod(String declared, String className, String methodName) {
  static PrepareMethod named(String declared, String declaringClass) {
    int hash = declared.indexOf('#');
    return hash < 0
        ? new PrepareMethod(declared, declaringClass, declared)
        : new PrepareMethod(declared, declared.substring(0, hash), declared.substring(hash + 1));
  }

  /**
   * Calls the method, and returns options with its commands after those that they have.
   *
   * @param loader loads the method's class, and sees the same {@link Command} as this class
   * @throws IllegalArgumentException when there is no such method, or it fails, or returns anything
   *     else; the message names it
   */
  public BoxOptions addTo(BoxOptions options, ClassLoader loader) {
    List<Command> commands = new ArrayList<>(options.prepare());
    commands.addAll(call(loader));
    return options.toBuilder().prepare(commands.toArray(Command[]::new)).build();
  }

  private List<Command> call(ClassLoader loader) {
    Method method = find(loader);
    Object given;
    try {
      method.setAccessible(true);
      given = method.invoke(null);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "prepareMethod " + this + " failed: " + e.getCause(), e.getCause());
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      throw new IllegalArgumentException("prepareMethod " + this + " cannot be called: " + e, e);
    }
    Collection<?> commands =
        given instanceof Command command
            ? List.of(command)
            : given instanceof Object[] several
                ? Arrays.asList(several)
                : given instanceof Collection<?> collection ? collection : Arrays.asList(given);
    if (!commands.stream().allMatch(command -> command instanceof Command)) {
      throw new IllegalArgumentException(
          "prepareMethod "
              + this
              + " must return a Command, an array or a Collection of them, but returned "
              + given);
    }
    return commands.stream().map(Command.class::cast).toList();
  }

  private Method find(ClassLoader loader) {
    try {
      Method method = Class.forName(className, false, loader).getDeclaredMethod(methodName);
      if (Modifier.isStatic(method.getModifiers())) {
        return method;
      }
    } catch (ClassNotFoundException | NoSuchMethodException | LinkageError e) {
      throw missing(e);
    }
    throw missing(null);
  }

  private IllegalArgumentException missing(@Nullable Throwable cause) {
    return new IllegalArgumentException(
        "prepareMethod is \""
            + declared
            + "\"; there must be a static method "
            + this
            + " without parameters",
        cause);
  }

  /** Returns {@code package.Type#method}. */
  @Override
  public String toString() {
    return className + "#" + methodName;
  }
}

package io.boxlite.junit.internal.sharing;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;

/** Copies a dynamic container with other children. JUnit has no method for that. */
final class ContainerCopy {
  private ContainerCopy() {}

  static DynamicContainer of(DynamicContainer container, Stream<?> children) {
    @SuppressWarnings("unchecked") // JUnit refuses anything else
    Stream<? extends DynamicNode> nodes = (Stream<? extends DynamicNode>) children;
    try {
      Optional<?> mode = get(container, "getExecutionMode");
      Optional<?> childMode = get(container, "getChildExecutionMode");
      if (mode.isPresent() || childMode.isPresent()) {
        return withModes(container, mode, childMode, nodes);
      }
    } catch (NoSuchMethodException e) {
      // Containers have execution modes since JUnit 6.1.
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot copy " + container, e);
    }
    return DynamicContainer.dynamicContainer(
        container.getDisplayName(), container.getTestSourceUri().orElse(null), nodes);
  }

  private static Optional<?> get(DynamicContainer container, String getter)
      throws ReflectiveOperationException {
    return (Optional<?>) DynamicContainer.class.getMethod(getter).invoke(container);
  }

  private static DynamicContainer withModes(
      DynamicContainer container,
      Optional<?> mode,
      Optional<?> childMode,
      Stream<? extends DynamicNode> children)
      throws ReflectiveOperationException {
    Class<?> configuration =
        Class.forName(
            DynamicContainer.class.getName() + "$Configuration",
            true,
            DynamicContainer.class.getClassLoader());
    Consumer<Object> configure =
        copy -> {
          set(configuration, copy, "displayName", container.getDisplayName());
          container
              .getTestSourceUri()
              .ifPresent(uri -> set(configuration, copy, "testSourceUri", uri));
          mode.ifPresent(value -> set(configuration, copy, "executionMode", value));
          childMode.ifPresent(value -> set(configuration, copy, "childExecutionMode", value));
          set(configuration, copy, "children", children);
        };
    return (DynamicContainer)
        DynamicContainer.class
            .getMethod("dynamicContainer", Consumer.class)
            .invoke(null, configure);
  }

  private static void set(Class<?> configuration, Object copy, String setter, Object value) {
    try {
      for (Method method : configuration.getMethods()) {
        if (method.getName().equals(setter)
            && method.getParameterTypes()[0].isInstance(value)
            && !method.isBridge()) {
          method.invoke(copy, value);
          return;
        }
      }
    } catch (InvocationTargetException | IllegalAccessException e) {
      throw new IllegalStateException(
          "cannot copy property " + setter + " of a dynamic container", e);
    }
    throw new IllegalStateException(
        "dynamic containers of this JUnit version have no property " + setter);
  }
}

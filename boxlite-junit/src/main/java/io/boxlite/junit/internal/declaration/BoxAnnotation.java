package io.boxlite.junit.internal.declaration;

import io.boxlite.junit.Box;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds the {@link Box} of a field or parameter, also behind annotations of the user's, and lets
 * those override its attributes: an attribute of the same name takes precedence, the nearer to the
 * field or parameter the more so.
 */
final class BoxAnnotation {
  private BoxAnnotation() {}

  /**
   * The box that is asked for, if one is.
   *
   * @throws IllegalArgumentException when an overriding attribute is of another type, or several
   *     annotations ask for a box
   */
  static Optional<Box> find(AnnotatedElement element) {
    Map<String, Box> found = new LinkedHashMap<>();
    for (Annotation annotation : element.getAnnotations()) {
      find(annotation)
          .ifPresent(box -> found.put("@" + annotation.annotationType().getSimpleName(), box));
    }
    if (found.size() > 1) {
      throw new IllegalArgumentException(
          String.join(" and ", found.keySet()) + " each ask for a box; keep one of them");
    }
    return found.values().stream().findFirst();
  }

  private static Optional<Box> find(Annotation annotation) {
    Set<Class<?>> seen = new HashSet<>();
    Deque<List<Annotation>> paths = new ArrayDeque<>(List.of(List.of(annotation)));
    while (!paths.isEmpty()) { // breadth first: the nearest takes precedence
      List<Annotation> path = paths.remove();
      Annotation last = path.get(path.size() - 1);
      if (last instanceof Box box) {
        return Optional.of(merge(box, path.subList(0, path.size() - 1)));
      }
      if (seen.add(last.annotationType())) {
        for (Annotation meta : last.annotationType().getAnnotations()) {
          paths.add(Stream.concat(path.stream(), Stream.of(meta)).toList());
        }
      }
    }
    return Optional.empty();
  }

  private static Box merge(Box box, List<Annotation> outermostFirst) {
    if (outermostFirst.isEmpty()) {
      return box;
    }
    Map<String, Object> values = values(box);
    for (int i = outermostFirst.size() - 1; i >= 0; i--) {
      Annotation annotation = outermostFirst.get(i);
      for (Method attribute : annotation.annotationType().getDeclaredMethods()) {
        values.computeIfPresent(
            attribute.getName(), (name, overridden) -> override(annotation, attribute, overridden));
      }
    }
    InvocationHandler handler =
        (proxy, method, arguments) ->
            method.getDeclaringClass() == Box.class
                ? values.get(method.getName())
                : method.invoke(box, arguments);
    return (Box)
        Proxy.newProxyInstance(Box.class.getClassLoader(), new Class<?>[] {Box.class}, handler);
  }

  /** The values of all attributes, by name. */
  static Map<String, Object> values(Box box) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (Method attribute : Box.class.getDeclaredMethods()) {
      values.put(attribute.getName(), value(box, attribute));
    }
    return values;
  }

  private static Object override(Annotation annotation, Method attribute, Object overridden) {
    Object value = value(annotation, attribute);
    if (value instanceof String text && overridden instanceof String[]) {
      return new String[] {text}; // as the language has it for an array of one
    }
    if (value.getClass() != overridden.getClass()) {
      throw new IllegalArgumentException(
          "attribute "
              + attribute.getName()
              + " of @"
              + annotation.annotationType().getSimpleName()
              + " overrides that of @Box, which is of type "
              + type(overridden)
              + ", but is of type "
              + type(value)
              + "; change its type or its name");
    }
    return value;
  }

  private static String type(Object value) {
    return value instanceof Enum<?> constant
        ? constant.getDeclaringClass().getSimpleName()
        : value.getClass().getSimpleName();
  }

  private static Object value(Annotation annotation, Method attribute) {
    try {
      attribute.setAccessible(true);
      return attribute.invoke(annotation);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalArgumentException(
          "cannot read @" + annotation.annotationType().getName(), e);
    }
  }
}

package io.boxlite.junit.internal.declaration;

import java.lang.reflect.Field;
import java.util.List;

/**
 * What tells shared boxes apart.
 *
 * @param owner what the box belongs to: the field it is kept in, the unique id of a class's
 *     execution, or the session
 * @param making all that makes the box; empty where the owner says enough
 */
public record BoxKey(Object owner, List<Object> making) {
  private static final String SESSION = "session";

  static BoxKey ofSession(List<Object> making) {
    return new BoxKey(SESSION, making);
  }

  static BoxKey ofClass(String uniqueId, List<Object> making) {
    return new BoxKey(uniqueId, making);
  }

  /** A static field's, which every class that inherits it has. */
  static BoxKey ofStatic(Field field) {
    return new BoxKey(field, List.of());
  }

  /** No box, but the fields of the one instance that serves all tests of a class. */
  public static BoxKey ofFields(String uniqueId) {
    return new BoxKey(uniqueId, List.of("fields"));
  }

  static BoxKey ofClass(String uniqueId, Field field) {
    return new BoxKey(uniqueId, List.of(field));
  }
}

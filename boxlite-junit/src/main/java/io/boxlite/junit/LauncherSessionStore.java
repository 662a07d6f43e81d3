package io.boxlite.junit;

import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.platform.engine.support.store.Namespace;
import org.junit.platform.launcher.LauncherSession;

/** JUnit's own store of a launcher session, which came with 5.13. */
final class LauncherSessionStore {
  /** Whether this JUnit has one; where not, nothing else here may be called. */
  static final boolean EXISTS = exists();

  private LauncherSessionStore() {}

  @SuppressWarnings("deprecation") // its successor computeIfAbsent came with JUnit 6
  static BoxSessions get(ExtensionContext context) {
    return Objects.requireNonNull(
        context
            .getStore(StoreScope.LAUNCHER_SESSION, BoxSessions.NAMESPACE)
            .getOrComputeIfAbsent(BoxSessions.class, key -> new BoxSessions(), BoxSessions.class));
  }

  /** The same, for who has the launcher session; empty when no test has asked for a box. */
  static Optional<BoxSessions> find(LauncherSession session) {
    return Optional.ofNullable(
        session
            .getStore()
            .get(
                Namespace.create(BoxSessions.NAMESPACE.getParts()),
                BoxSessions.class,
                BoxSessions.class));
  }

  private static boolean exists() {
    try {
      Class.forName(
          ExtensionContext.class.getName() + "$StoreScope",
          false,
          ExtensionContext.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}

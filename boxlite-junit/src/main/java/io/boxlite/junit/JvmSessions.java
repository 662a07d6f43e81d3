package io.boxlite.junit;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for {@link LauncherSessionStore} on JUnit 5.12: holds what its store would, from the
 * first box to the end of the last launcher session of this JVM, or of the JVM where nobody tells
 * of sessions.
 */
final class JvmSessions {
  // Guarded by the class.
  private static @Nullable BoxSessions sessions;
  private static int launcherSessions;
  private static boolean endsWithJvm;

  private JvmSessions() {}

  static synchronized BoxSessions get() {
    BoxSessions known = sessions;
    if (known == null) {
      known = new BoxSessions();
      sessions = known;
      if (!endsWithJvm) {
        endsWithJvm = true;
        Runtime.getRuntime()
            .addShutdownHook(new Thread(() -> take().ifPresent(BoxSessions::close), "boxlite-end"));
      }
    }
    return known;
  }

  static synchronized void opened() {
    launcherSessions++;
  }

  /** What is to be closed now, if this was the last session. */
  static synchronized Optional<BoxSessions> closed() {
    launcherSessions--;
    return launcherSessions == 0 ? take() : Optional.empty();
  }

  private static synchronized Optional<BoxSessions> take() {
    Optional<BoxSessions> taken = Optional.ofNullable(sessions);
    sessions = null;
    return taken;
  }
}

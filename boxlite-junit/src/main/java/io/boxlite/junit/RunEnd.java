package io.boxlite.junit;

import java.util.Optional;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Says at the end of a launcher session what its boxes have taken, and ends those that JUnit does
 * not end itself; before the session, refuses a class path with parts of several JUnits. The
 * launcher finds it as a service.
 */
public final class RunEnd implements LauncherSessionListener {
  /** For the launcher. */
  public RunEnd() {}

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    JUnitParts.requireAligned(RunEnd.class.getClassLoader());
    JvmSessions.opened();
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    Optional<BoxSessions> ofJvm = JvmSessions.closed();
    Optional<BoxSessions> sessions =
        LauncherSessionStore.EXISTS ? LauncherSessionStore.find(session) : ofJvm;
    sessions.ifPresent(
        all -> {
          all.describe().forEach(System.out::println);
          all.close();
        });
  }
}

package io.boxlite.junit.internal;

import io.boxlite.junit.internal.sharing.BoxSessions;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Refuses a class path with parts of several versions of JUnit before the first test, and closes
 * the engine after the last. The launcher finds it as a service.
 */
public final class BoxSessionListener implements LauncherSessionListener {
  /** Called by the launcher. */
  public BoxSessionListener() {}

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    JUnitParts.requireAligned(BoxSessionListener.class.getClassLoader());
    BoxSessions.launcherSessionOpened();
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    BoxSessions.launcherSessionClosed(session);
  }
}

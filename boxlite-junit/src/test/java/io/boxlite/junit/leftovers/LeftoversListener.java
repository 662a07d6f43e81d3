package io.boxlite.junit.leftovers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Notes, when the outermost launcher session of a JVM is over, what its tests have left in this
 * JVM. JUnit lets no listener fail a run: {@link LeftoversCheck} reads the record.
 *
 * <p>The directory of the test classes comes first on the class path, and JUnit closes in the
 * reverse order: so the extension's own listener has ended its boxes by then.
 */
public final class LeftoversListener implements LauncherSessionListener {
  /** The system property that names the record. */
  static final String RECORD = "leftovers.record";

  private static final AtomicInteger OPEN = new AtomicInteger();
  private static Set<Thread> before = Set.of();

  /** For the launcher. */
  public LeftoversListener() {}

  /** Whether a session of this JVM is watched. */
  static boolean isWatching() {
    return OPEN.get() > 0;
  }

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (OPEN.getAndIncrement() > 0) {
      return;
    }
    before = Leftovers.threads();
    try {
      Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    String record = System.getProperty(RECORD, "");
    if (OPEN.decrementAndGet() > 0 || record.isEmpty()) {
      return;
    }
    try {
      List<String> left = Leftovers.ofThisJvm(before, Duration.ofSeconds(10));
      Path file = Path.of(record);
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(
          file,
          left.isEmpty() ? List.of(Leftovers.NOTHING) : left,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.boxlite.junit;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/**
 * The {@link BoxSession}s of a launcher session: one for each set of settings, so one as a rule.
 *
 * <p>JUnit closes values of a store that are {@code AutoCloseable} from 5.13 on; 5.12 knows {@link
 * Store.CloseableResource} alone, and 6 still has it, so this is both.
 */
@SuppressWarnings("deprecation")
final class BoxSessions implements Store.CloseableResource, AutoCloseable {
  static final Namespace NAMESPACE = Namespace.create(BoxSessions.class);

  private final Map<Map<String, String>, BoxSession> bySettings = new ConcurrentHashMap<>();
  private final Set<String> told = new HashSet<>(); // guarded by itself

  /**
   * The session that a test or class belongs to. What is known of a run is kept with the run: to
   * read the settings takes longer than all else that a test with a box needs of this.
   */
  static BoxSession of(ExtensionContext context) {
    Store run = context.getRoot().getStore(NAMESPACE);
    Known known = run.get(Known.class, Known.class);
    if (known == null) {
      JUnitSettings.keepOnFailure(context); // a typo is told before a test fails, not after
      known =
          new Known(
              all(context)
                  .bySettings
                  .computeIfAbsent(JUnitSettings.ofEngine(context), BoxSession::new));
      run.put(Known.class, known);
    }
    return known.session;
  }

  /** Not closed with the run. */
  private record Known(BoxSession session) {}

  /** Tells a reason once in a launcher session, however many tests have it. */
  static void tellOnce(ExtensionContext context, String reason) {
    Set<String> told = all(context).told;
    synchronized (told) {
      if (told.add(reason)) {
        System.err.println(reason);
      }
    }
  }

  /** What the boxes of all sessions have taken, a line for each that has had one. */
  List<String> describe() {
    return bySettings.values().stream()
        .map(BoxSession::figures)
        .filter(figures -> figures.boxes() > 0)
        .map(RunFigures::describe)
        .collect(Collectors.toList());
  }

  @Override
  public void close() {
    List<Runnable> endings = new ArrayList<>();
    bySettings.values().forEach(session -> endings.add(session::close));
    bySettings.clear();
    CloseAll.runAll(endings);
  }

  private static BoxSessions all(ExtensionContext context) {
    return LauncherSessionStore.EXISTS ? LauncherSessionStore.get(context) : JvmSessions.get();
  }
}

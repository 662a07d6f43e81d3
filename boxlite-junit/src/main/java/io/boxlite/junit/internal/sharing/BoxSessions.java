package io.boxlite.junit.internal.sharing;

import io.boxlite.junit.internal.report.RunSummary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.platform.launcher.LauncherSession;

/**
 * The {@link BoxSession}s of a launcher session: one for each distinct set of engine settings,
 * which usually means one.
 *
 * <p>JUnit 5.13 and later keep it in the launcher session's store. JUnit 5.12 has no such store;
 * there it is kept in a static field until the last launcher session of the JVM is closed.
 */
@SuppressWarnings("deprecation") // JUnit 5.12 closes only CloseableResource values of a store
public final class BoxSessions implements Store.CloseableResource, AutoCloseable {
  /** The namespace of everything that this extension keeps in JUnit's stores. */
  public static final Namespace NAMESPACE = Namespace.create("io.boxlite.junit");

  private static final boolean HAS_LAUNCHER_SESSION_STORE = hasLauncherSessionStore();

  private final Map<Map<String, String>, BoxSession> bySettings = new ConcurrentHashMap<>();
  private final Set<String> printed = new HashSet<>(); // guarded by itself

  /**
   * Returns the session that a test or class belongs to, and opens its engine if this is the first
   * request.
   *
   * <p>The result is cached in the store of the root context, because reading the settings takes
   * longer than everything else that a test needs of this class.
   */
  public static BoxSession of(ExtensionContext context) {
    Store run = context.getRoot().getStore(NAMESPACE);
    Cached cached = run.get(Cached.class, Cached.class);
    if (cached == null) {
      JUnitSettings.keepOnFailure(context); // reports a wrong value before any test runs
      cached =
          new Cached(
              current(context)
                  .bySettings
                  .computeIfAbsent(JUnitSettings.forEngine(context), BoxSession::new));
      run.put(Cached.class, cached);
    }
    return cached.session;
  }

  /** Keeps JUnit from closing the session with the root context: it outlives that. */
  private record Cached(BoxSession session) {}

  /** Prints a message to standard error, once in a launcher session. */
  public static void printOnce(ExtensionContext context, String message) {
    Set<String> printed = current(context).printed;
    synchronized (printed) {
      if (printed.add(message)) {
        System.err.println(message);
      }
    }
  }

  /** Must be called when a launcher session is opened. */
  public static void launcherSessionOpened() {
    InJvm.launcherSessionOpened();
  }

  /**
   * Must be called when a launcher session is closed: prints what its boxes used, and closes them.
   */
  public static void launcherSessionClosed(LauncherSession session) {
    Optional<BoxSessions> inJvm = InJvm.launcherSessionClosed();
    Optional<BoxSessions> sessions =
        HAS_LAUNCHER_SESSION_STORE ? InLauncherSession.find(session) : inJvm;
    sessions.ifPresent(
        ending -> {
          ending.printSummary();
          ending.close();
        });
  }

  private void printSummary() {
    bySettings.values().stream()
        .map(BoxSession::summary)
        .filter(summary -> summary.boxes() > 0)
        .map(RunSummary::describe)
        .forEach(System.out::println);
  }

  @Override
  public void close() {
    List<Runnable> actions = new ArrayList<>();
    bySettings.values().forEach(session -> actions.add(session::close));
    bySettings.clear();
    CloseAll.runAll(actions);
  }

  private static BoxSessions current(ExtensionContext context) {
    return HAS_LAUNCHER_SESSION_STORE ? InLauncherSession.get(context) : InJvm.get();
  }

  private static boolean hasLauncherSessionStore() {
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

  /** Uses the store of a launcher session. It cannot be linked on JUnit 5.12. */
  private static final class InLauncherSession {
    // The successor of getOrComputeIfAbsent came with JUnit 6.
    static BoxSessions get(ExtensionContext context) {
      return Objects.requireNonNull(
          context
              .getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE)
              .getOrComputeIfAbsent(
                  BoxSessions.class, key -> new BoxSessions(), BoxSessions.class));
    }

    /** Empty when no test of the launcher session has asked for a box. */
    static Optional<BoxSessions> find(LauncherSession session) {
      return Optional.ofNullable(
          session
              .getStore()
              .get(
                  org.junit.platform.engine.support.store.Namespace.create(NAMESPACE.getParts()),
                  BoxSessions.class,
                  BoxSessions.class));
    }
  }

  /** Replaces the store of a launcher session on JUnit 5.12. */
  private static final class InJvm {
    // Guarded by the class.
    private static @Nullable BoxSessions sessions;
    private static int openLauncherSessions;
    private static boolean hasShutdownHook;

    static synchronized BoxSessions get() {
      BoxSessions known = sessions;
      if (known == null) {
        known = new BoxSessions();
        sessions = known;
        if (!hasShutdownHook) { // a launcher that tells nobody of its sessions
          hasShutdownHook = true;
          Runtime.getRuntime()
              .addShutdownHook(
                  new Thread(() -> take().ifPresent(BoxSessions::close), "boxlite-shutdown"));
        }
      }
      return known;
    }

    static synchronized void launcherSessionOpened() {
      openLauncherSessions++;
    }

    /** Returns what must be closed now: empty unless this was the last launcher session. */
    static synchronized Optional<BoxSessions> launcherSessionClosed() {
      openLauncherSessions--;
      return openLauncherSessions == 0 ? take() : Optional.empty();
    }

    private static synchronized Optional<BoxSessions> take() {
      Optional<BoxSessions> taken = Optional.ofNullable(sessions);
      sessions = null;
      return taken;
    }
  }
}

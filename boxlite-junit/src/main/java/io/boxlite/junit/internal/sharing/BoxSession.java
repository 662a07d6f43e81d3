package io.boxlite.junit.internal.sharing;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteException;
import io.boxlite.BoxliteOptions;
import io.boxlite.HostInfo;
import io.boxlite.LiteBox;
import io.boxlite.junit.internal.declaration.BoxKey;
import io.boxlite.junit.internal.report.BoxJournal;
import io.boxlite.junit.internal.report.RunFigures;
import io.boxlite.junit.internal.report.StartedBox;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The engine of a launcher session and the boxes that tests of it share. It is opened with the
 * first box and closed, with all boxes, when the session ends.
 */
public final class BoxSession implements AutoCloseable {
  private final Boxlite boxlite;
  private final RunFigures figures = new RunFigures();

  // Guarded by this.
  private final Map<BoxKey, SharedBox> shared = new HashMap<>();
  private final Set<LiteBox> ofConstructors = Collections.newSetFromMap(new IdentityHashMap<>());
  private long order;
  private @Nullable HostInfo host;

  /**
   * Opens the engine.
   *
   * @throws BoxliteException when a setting is wrong or the home directory cannot be used
   */
  BoxSession(Map<String, String> settings) {
    boxlite = Boxlite.open(BoxliteOptions.builder().fallbackSettings(settings).build());
  }

  /** Starts a box. */
  public StartedBox start(BoxOptions options) {
    LiteBox box = boxlite.create(options);
    BoxJournal journal = new BoxJournal();
    box.onExecution(journal::begin);
    StartedBox started = new StartedBox(box, journal);
    figures.add(started);
    return started;
  }

  /** Ends a box that is no longer needed. */
  public void end(StartedBox box) {
    try {
      box.box().close();
    } finally {
      figures.remove(box);
      synchronized (this) {
        ofConstructors.remove(box.box());
      }
    }
  }

  /** Notes that the box was given to the constructor of a test class. */
  public synchronized void givenToConstructor(LiteBox box) {
    ofConstructors.add(box);
  }

  /** Whether it is a box that was given to the constructor of a test class. */
  public synchronized boolean isOfConstructor(@Nullable Object value) {
    return value instanceof LiteBox box && ofConstructors.contains(box);
  }

  /** What this machine can do for boxes; looked at once. */
  public synchronized HostInfo host() {
    HostInfo known = host;
    if (known == null) {
      known = boxlite.host();
      host = known;
    }
    return known;
  }

  /** Returns the shared box with this key, which stays open until it is released. */
  synchronized SharedBox retain(BoxKey key) {
    SharedBox box = shared.computeIfAbsent(key, wanted -> new SharedBox(wanted, order++));
    box.retain();
    return box;
  }

  /** Gives a shared box back; the last to do so ends it. */
  void release(SharedBox box) {
    synchronized (this) {
      if (!box.release()) {
        return;
      }
      shared.remove(box.key());
    }
    box.close(this);
  }

  /** The shared box that lives as long as this. */
  synchronized SharedBox ofSession(BoxKey key) {
    return shared.computeIfAbsent(key, wanted -> new SharedBox(wanted, order++));
  }

  /** What the run has taken until now. */
  RunFigures figures() {
    return figures;
  }

  @Override
  public void close() {
    boxlite.close();
    figures.removeAll();
  }
}

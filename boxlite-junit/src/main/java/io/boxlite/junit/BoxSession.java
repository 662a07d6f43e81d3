package io.boxlite.junit;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteException;
import io.boxlite.BoxliteOptions;
import io.boxlite.HostInfo;
import io.boxlite.LiteBox;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The engine of a launcher session and the boxes that tests of it share. It is opened with the
 * first box and closed, with all boxes, when the session ends.
 */
final class BoxSession implements AutoCloseable {
  private final Boxlite boxlite;
  private final RunFigures figures = new RunFigures();

  // Guarded by this.
  private final Map<BoxKey, SharedBox> shared = new HashMap<>();
  private long order;
  private @Nullable HostInfo host;

  /**
   * Opens the engine.
   *
   * @throws BoxliteException when a setting is wrong or the home folder cannot be used
   */
  BoxSession(Map<String, String> settings) {
    boxlite = Boxlite.open(BoxliteOptions.builder().fallbackSettings(settings).build());
  }

  /** Starts a box. */
  StartedBox start(BoxOptions options) {
    LiteBox box = boxlite.create(options);
    BoxJournal journal = new BoxJournal();
    box.onExecution(journal::begin);
    StartedBox started = new StartedBox(box, journal);
    figures.add(started);
    return started;
  }

  /** Ends a box that is no longer needed. */
  void end(StartedBox box) {
    try {
      box.box().close();
    } finally {
      figures.remove(box);
    }
  }

  /** What this machine can do for boxes; looked at once. */
  synchronized HostInfo host() {
    HostInfo known = host;
    if (known == null) {
      known = boxlite.host();
      host = known;
    }
    return known;
  }

  /** The shared box of the key, not to be closed before it was released. */
  synchronized SharedBox lease(BoxKey key) {
    SharedBox box = shared.computeIfAbsent(key, wanted -> new SharedBox(wanted, order++));
    box.lease();
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

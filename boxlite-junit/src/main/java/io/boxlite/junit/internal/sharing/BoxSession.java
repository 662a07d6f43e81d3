package io.boxlite.junit.internal.sharing;

import io.boxlite.BoxNetwork;
import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteException;
import io.boxlite.BoxliteOptions;
import io.boxlite.HostInfo;
import io.boxlite.LiteBox;
import io.boxlite.junit.internal.declaration.BoxKey;
import io.boxlite.junit.internal.report.RecordedBox;
import io.boxlite.junit.internal.report.RunSummary;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The engine that tests of a launcher session use, and the boxes that they share. {@link
 * BoxSessions} opens it for the first box and closes it, with all boxes, when the launcher session
 * ends.
 */
public final class BoxSession implements AutoCloseable {
  /** The engine takes 128 characters. */
  private static final int MAX_NETWORK_NAME = 100;

  private final Boxlite boxlite;
  private final RunSummary summary = new RunSummary();

  // Guarded by this.
  private final Map<BoxKey, SharedBox> shared = new HashMap<>();
  private final Set<LiteBox> givenToConstructors =
      Collections.newSetFromMap(new IdentityHashMap<>());
  private final BoxNetworks networks = new BoxNetworks(this);
  private long order;
  private long newNetworks;
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
  public RecordedBox start(BoxOptions options) {
    RecordedBox started = new RecordedBox(boxlite.create(options));
    summary.add(started);
    return started;
  }

  /** Returns the networks that belong to the session. */
  BoxNetworks networks() {
    return networks;
  }

  /**
   * Creates a network between boxes. Other tests may have one of the same name at the same time, so
   * the engine knows it by a longer one.
   */
  BoxNetwork newNetwork(String name) {
    long number;
    synchronized (this) {
      newNetworks++;
      number = newNetworks;
    }
    return boxlite.newNetwork(
        name.substring(0, Math.min(name.length(), MAX_NETWORK_NAME)) + "-" + number);
  }

  /** Closes a box that is no longer needed. */
  public void close(RecordedBox box) {
    try {
      box.box().close();
    } finally {
      summary.remove(box);
      synchronized (this) {
        givenToConstructors.remove(box.box());
      }
    }
  }

  /** Records that a box was passed to the constructor of a test class. */
  public synchronized void givenToConstructor(LiteBox box) {
    givenToConstructors.add(box);
  }

  /** Returns whether a value is a box that was passed to the constructor of a test class. */
  public synchronized boolean wasGivenToConstructor(@Nullable Object value) {
    return value instanceof LiteBox box && givenToConstructors.contains(box);
  }

  /** Returns what this machine can do for boxes. It is determined once. */
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
    SharedBox box = ofSession(key);
    box.retain();
    return box;
  }

  /** Releases a shared box. The last release closes it. */
  void release(SharedBox box) {
    synchronized (this) {
      if (!box.release()) {
        return;
      }
      shared.remove(box.key());
    }
    box.close(this);
  }

  /** Returns the shared box with this key, which stays open until the session is closed. */
  synchronized SharedBox ofSession(BoxKey key) {
    return shared.computeIfAbsent(key, wanted -> new SharedBox(wanted, order++));
  }

  /** Returns what the boxes have used so far. */
  RunSummary summary() {
    return summary;
  }

  @Override
  public void close() {
    boxlite.close();
    summary.removeAll();
  }
}

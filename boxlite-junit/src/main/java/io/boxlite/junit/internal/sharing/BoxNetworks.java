package io.boxlite.junit.internal.sharing;

import io.boxlite.BoxNetwork;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The networks between boxes that belong to one test, class or session, by name. */
public final class BoxNetworks implements AutoCloseable {
  private final BoxSession session;
  private final Map<String, BoxNetwork> open = new LinkedHashMap<>(); // guarded by this

  /** Creates none yet. */
  public BoxNetworks(BoxSession session) {
    this.session = session;
  }

  /** Returns the network of this name, which is created for the first request. */
  public synchronized BoxNetwork get(String name) {
    return open.computeIfAbsent(name, session::newNetwork);
  }

  @Override
  public void close() {
    List<Runnable> ends = new ArrayList<>();
    synchronized (this) {
      open.values().forEach(network -> ends.add(network::close));
      open.clear();
    }
    CloseAll.runAll(ends);
  }
}

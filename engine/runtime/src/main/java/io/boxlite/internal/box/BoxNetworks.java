package io.boxlite.internal.box;

import io.boxlite.BoxNetwork;
import io.boxlite.internal.check.Arguments;
import io.boxlite.internal.network.Peers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The networks between boxes of one engine, by name. */
final class BoxNetworks implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");

  private final Map<String, Peers> open = new LinkedHashMap<>();
  private int created;
  private boolean closed;

  /** Creates a network with a name that no other one has. */
  synchronized BoxNetwork create() {
    String name;
    do {
      created++;
      name = "network-" + created;
    } while (open.containsKey(name));
    return create(name);
  }

  /** Creates a network; see {@link io.boxlite.Boxlite#newNetwork(String)}. */
  synchronized BoxNetwork create(String name) {
    if (closed) {
      throw new IllegalStateException("this Boxlite is closed");
    }
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name is \""
              + Arguments.shown(name)
              + "\"; give 1 to 128 letters, digits, '_', '.' and '-', the first a letter or digit");
    }
    if (open.containsKey(name)) {
      throw new IllegalArgumentException("name is \"" + name + "\", which another network has");
    }
    Peers peers = new Peers(name, this::closed);
    open.put(name, peers);
    return peers;
  }

  /** Returns the boxes on a network. */
  synchronized Peers find(String name) {
    Peers peers = open.get(name);
    if (peers == null) {
      throw new IllegalArgumentException(
          "join is \""
              + Arguments.shown(name)
              + "\"; there is no such network, only "
              + open.keySet()
              + "; create it with newNetwork(\""
              + Arguments.shown(name)
              + "\")");
    }
    return peers;
  }

  private synchronized void closed(Peers peers) {
    open.remove(peers.name(), peers);
  }

  @Override
  public void close() {
    List<Peers> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(open.values());
      open.clear();
    }
    all.forEach(Peers::close);
  }
}

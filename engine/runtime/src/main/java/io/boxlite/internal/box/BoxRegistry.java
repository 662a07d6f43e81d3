package io.boxlite.internal.box;

import io.boxlite.Boxlite;
import io.boxlite.LiteBox;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The boxes of one {@link Boxlite} by id, and the names in use, including those of boxes that are
 * starting.
 */
final class BoxRegistry {
  /** Replaces the id of a box that has none yet. */
  private static final String STARTING = "";

  private final Map<String, LiteBox> boxes = new LinkedHashMap<>();
  private final Map<String, String> idsByName = new LinkedHashMap<>();
  private boolean closed;

  /** Reserves the name for a box that is about to start; {@link #release} frees it. */
  synchronized void reserve(Optional<String> name) {
    requireOpen();
    name.ifPresent(
        wanted -> {
          String holder = idsByName.putIfAbsent(wanted, STARTING);
          if (holder != null) {
            throw new IllegalArgumentException(
                "name is \""
                    + wanted
                    + "\", which is the name of "
                    + (holder.equals(STARTING) ? "a box that is being started" : "box " + holder)
                    + "; close that box or choose another name");
          }
        });
  }

  /** Frees the name of a box that did not start. */
  synchronized void release(Optional<String> name) {
    name.ifPresent(wanted -> idsByName.remove(wanted, STARTING));
  }

  /** Adds a started box; returns false if this is closed. */
  synchronized boolean add(LiteBox box) {
    if (!closed) {
      boxes.put(box.id(), box);
      box.name().ifPresent(name -> idsByName.put(name, box.id()));
    }
    return !closed;
  }

  synchronized void remove(String id) {
    boxes.remove(id);
    idsByName.values().remove(id);
  }

  synchronized Optional<LiteBox> find(String idOrName) {
    return Optional.ofNullable(boxes.get(idsByName.getOrDefault(idOrName, idOrName)));
  }

  synchronized List<LiteBox> list() {
    return List.copyOf(boxes.values());
  }

  /** Accepts no more boxes, and returns the current ones. */
  synchronized List<LiteBox> close() {
    closed = true;
    return new ArrayList<>(boxes.values());
  }

  synchronized void requireOpen() {
    if (closed) {
      throw new IllegalStateException("this Boxlite is closed; open another one");
    }
  }
}

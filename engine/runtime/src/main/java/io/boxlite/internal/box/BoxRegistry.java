package io.boxlite.internal.box;

import io.boxlite.Boxlite;
import io.boxlite.LiteBox;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The boxes of one {@link Boxlite} by id, and the names that are taken, those of starts included.
 */
final class BoxRegistry {
  /** Stands for the id of a box that has none yet. */
  private static final String STARTING = "";

  private final Map<String, LiteBox> boxes = new LinkedHashMap<>();
  private final Map<String, String> idsByName = new LinkedHashMap<>();
  private boolean closed;

  /** Takes the name for a box that is about to start; {@link #release} gives it back. */
  synchronized void reserve(Optional<String> name) {
    requireOpen();
    name.ifPresent(
        wanted -> {
          String holder = idsByName.putIfAbsent(wanted, STARTING);
          if (holder != null) {
            throw new IllegalArgumentException(
                "name is \""
                    + wanted
                    + "\", which "
                    + (holder.equals(STARTING) ? "a box that is being started" : "box " + holder)
                    + " has; close that box or take another name");
          }
        });
  }

  /** Gives a name back whose box did not start. */
  synchronized void release(Optional<String> name) {
    name.ifPresent(wanted -> idsByName.remove(wanted, STARTING));
  }

  /** Adds a started box; false when it came too late. */
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

  /** Takes no more boxes, and gives the ones there are. */
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

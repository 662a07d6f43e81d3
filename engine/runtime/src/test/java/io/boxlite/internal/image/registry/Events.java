package io.boxlite.internal.image.registry;

import io.boxlite.PullEvent;
import io.boxlite.PullListener;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a listener is told. */
final class Events implements PullListener {
  private final List<PullEvent> events = new ArrayList<>();

  @Override
  public synchronized void onEvent(PullEvent event) {
    events.add(event);
  }

  synchronized <T extends PullEvent> List<T> of(Class<T> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  PullEvent.Completed completed() {
    return of(PullEvent.Completed.class).get(0);
  }
}

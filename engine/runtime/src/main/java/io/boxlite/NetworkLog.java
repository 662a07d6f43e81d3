package io.boxlite;

import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkEvent.Result;
import java.util.List;
import java.util.Map;

/**
 * What a box has done with its network so far. Immutable.
 *
 * <p>It keeps the latest {@value #MOST_EVENTS} events; equal refusals and look-ups are one event.
 * The counts include those that are no longer kept.
 */
public final class NetworkLog {
  /** How many events are kept. */
  public static final int MOST_EVENTS = 1000;

  private final List<NetworkEvent> events;
  private final Map<Kind, Map<Result, Long>> counts;

  /**
   * Creates a log.
   *
   * @param events the events, the oldest first
   * @param counts how often each happened; what is absent never did
   */
  public NetworkLog(List<NetworkEvent> events, Map<Kind, Map<Result, Long>> counts) {
    this.events = List.copyOf(events);
    this.counts = Map.copyOf(counts);
  }

  /** Returns the latest events, in the order in which they happened first. */
  public List<NetworkEvent> events() {
    return events;
  }

  /** Returns the events that the box's {@link Network} refused, in the same order. */
  public List<NetworkEvent> refused() {
    return events.stream().filter(event -> event.result() == Result.REFUSED).toList();
  }

  /** Returns how often something happened with a result, including events no longer kept. */
  public long count(Kind kind, Result result) {
    return counts.getOrDefault(kind, Map.of()).getOrDefault(result, 0L);
  }

  /** Returns everything as text, for people: a summary, and a line for each event. */
  public String describe() {
    return NetworkText.describe(this);
  }

  /** Returns the counts on one line. */
  @Override
  public String toString() {
    return NetworkText.summary(this);
  }
}

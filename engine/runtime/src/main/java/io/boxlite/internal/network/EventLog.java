package io.boxlite.internal.network;

import io.boxlite.NetworkEvent;
import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkEvent.Result;
import io.boxlite.NetworkLog;
import java.net.InetAddress;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Records what a box does with its network. Its size is bounded, whatever the box does. Equal
 * refusals and look-ups are counted in one event, so a program that tries again and again does not
 * push out everything else.
 */
final class EventLog {
  /** What equal events have in common. A DNS server may give the addresses in any order. */
  private record Content(
      Kind kind,
      Result result,
      List<String> names,
      Set<InetAddress> addresses,
      OptionalInt port,
      Optional<String> reason) {
    static Content of(NetworkEvent event) {
      return new Content(
          event.kind(),
          event.result(),
          event.hostNames(),
          Set.copyOf(event.addresses()),
          event.port(),
          event.reason());
    }
  }

  /** An event whose end or number of times is not known yet. */
  static final class Entry {
    private NetworkEvent event;
    private long times = 1;
    private final @Nullable Content content;

    private Entry(NetworkEvent event, @Nullable Content content) {
      this.event = event;
      this.content = content;
    }
  }

  private final Clock clock;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private final Map<Content, Entry> repeatable = new HashMap<>();
  private final Map<Kind, Map<Result, Long>> counts = new EnumMap<>(Kind.class);

  EventLog(Clock clock) {
    this.clock = clock;
  }

  /** Returns a builder of an event that happens now. */
  NetworkEvent.Builder event(Kind kind) {
    return NetworkEvent.builder(clock.instant(), kind);
  }

  /** Adds an event, or counts it if there is an equal one. */
  synchronized void add(NetworkEvent.Builder builder) {
    NetworkEvent event = builder.build();
    count(event, 1);
    Content content = Content.of(event);
    Entry equal = repeatable.get(content);
    if (equal != null) {
      equal.times++;
      return;
    }
    Entry entry = new Entry(event, content);
    repeatable.put(content, entry);
    append(entry);
  }

  /** Adds a connection that is allowed. */
  synchronized LoggedConnection open(NetworkEvent.Builder builder) {
    Entry entry = new Entry(builder.build(), null);
    count(entry.event, 1);
    append(entry);
    return new LoggedConnection(this, entry);
  }

  /** Sets what has become of a connection. It counts even if it is no longer kept. */
  synchronized void update(Entry entry, UnaryOperator<NetworkEvent> change) {
    count(entry.event, -1);
    entry.event = change.apply(entry.event);
    count(entry.event, 1);
  }

  synchronized NetworkEvent eventOf(Entry entry) {
    return entry.event;
  }

  private void append(Entry entry) {
    entries.addLast(entry);
    if (entries.size() > NetworkLog.MOST_EVENTS) {
      Content content = entries.removeFirst().content;
      if (content != null) {
        repeatable.remove(content);
      }
    }
  }

  private void count(NetworkEvent event, long times) {
    counts
        .computeIfAbsent(event.kind(), kind -> new EnumMap<>(Result.class))
        .merge(event.result(), times, Long::sum);
  }

  /** Returns everything so far. */
  synchronized NetworkLog snapshot() {
    Map<Kind, Map<Result, Long>> counted = new EnumMap<>(Kind.class);
    counts.forEach((kind, results) -> counted.put(kind, Map.copyOf(results)));
    return new NetworkLog(
        entries.stream()
            .map(
                entry ->
                    entry.times == 1
                        ? entry.event
                        : entry.event.toBuilder().times(entry.times).build())
            .toList(),
        counted);
  }
}

package io.boxlite.junit.internal.report;

import io.boxlite.BoxInfo;
import io.boxlite.BoxOrigin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What the boxes of a run have taken. */
public final class RunFigures {
  private final List<Duration> startTimes = new ArrayList<>();
  private final Map<BoxOrigin, Integer> origins = new EnumMap<>(BoxOrigin.class);
  private final Set<StartedBox> open = new HashSet<>();
  private BoxFigures ended = BoxFigures.NONE;
  private long memoryMib;
  private long mostMemoryMib;

  public synchronized void add(StartedBox box) {
    BoxInfo info = box.box().info();
    startTimes.add(info.startTime());
    origins.merge(info.origin(), 1, Integer::sum);
    open.add(box);
    memoryMib += info.memoryMib();
    mostMemoryMib = Math.max(mostMemoryMib, memoryMib);
  }

  public synchronized void remove(StartedBox box) {
    if (open.remove(box)) {
      memoryMib -= box.box().info().memoryMib();
      ended = ended.plus(box.journal().figures());
    }
  }

  public synchronized void removeAll() {
    List.copyOf(open).forEach(this::remove);
  }

  /** How many boxes were started. */
  public synchronized int boxes() {
    return startTimes.size();
  }

  /** Says all of it in one line for a person. */
  public synchronized String describe() {
    BoxFigures all = ended;
    for (StartedBox box : open) {
      all = all.plus(box.journal().figures());
    }
    return String.format(
        Locale.ROOT,
        "BoxLite: %d %s started (%s), half of them within %.0f ms; at most %d MiB of memory at"
            + " once; %d %s ran for %.1f s in them, the largest with %.1f MiB",
        startTimes.size(),
        startTimes.size() == 1 ? "box" : "boxes",
        origins.entrySet().stream()
            .map(origin -> origin.getValue() + " " + describe(origin.getKey()))
            .collect(Collectors.joining(", ")),
        median().toNanos() / 1e6,
        mostMemoryMib,
        all.commands(),
        all.commands() == 1 ? "command" : "commands",
        all.time().toNanos() / 1e9,
        all.peakMemoryBytes() / (double) (1 << 20));
  }

  private static String describe(BoxOrigin origin) {
    return switch (origin) {
      case COLD_BOOT -> "booted";
      case TEMPLATE -> "from a template";
      case POOL -> "from the pool";
    };
  }

  private Duration median() {
    return startTimes.isEmpty()
        ? Duration.ZERO
        : startTimes.stream().sorted().toList().get((startTimes.size() - 1) / 2);
  }
}

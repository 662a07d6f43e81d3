package io.boxlite.junit.internal.report;

import io.boxlite.BoxInfo;
import io.boxlite.BoxOrigin;
import io.boxlite.text.DurationText;
import io.boxlite.text.SizeText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What all boxes of a run used, for the line at its end. */
public final class RunSummary {
  private final List<Duration> startTimes = new ArrayList<>();
  private final Map<BoxOrigin, Integer> origins = new EnumMap<>(BoxOrigin.class);
  private final Set<RecordedBox> open = new HashSet<>();
  private ResourceUsage closed = ResourceUsage.NONE;
  private long memoryMib;
  private long peakMemoryMib;

  /** Adds a box that was started. */
  public synchronized void add(RecordedBox box) {
    BoxInfo info = box.box().info();
    startTimes.add(info.startTime());
    origins.merge(info.origin(), 1, Integer::sum);
    open.add(box);
    memoryMib += info.memoryMib();
    peakMemoryMib = Math.max(peakMemoryMib, memoryMib);
  }

  /** Records that a box was closed. */
  public synchronized void remove(RecordedBox box) {
    if (open.remove(box)) {
      memoryMib -= box.box().info().memoryMib();
      closed = closed.plus(box.usage());
    }
  }

  /** Records that all boxes were closed. */
  public synchronized void removeAll() {
    List.copyOf(open).forEach(this::remove);
  }

  /** Returns how many boxes were started. */
  public synchronized int boxes() {
    return startTimes.size();
  }

  /** Returns the summary as one line. */
  public synchronized String describe() {
    ResourceUsage usage = closed;
    for (RecordedBox box : open) {
      usage = usage.plus(box.usage());
    }
    return String.format(
        Locale.ROOT,
        "BoxLite: %s started (%s), median start time %s, peak memory of all boxes %d MiB;"
            + " %s ran for %s in total, peak memory of one command %s",
        count(startTimes.size(), "box", "boxes"),
        origins.entrySet().stream()
            .map(origin -> origin.getValue() + " " + describe(origin.getKey()))
            .collect(Collectors.joining(", ")),
        DurationText.format(median()),
        peakMemoryMib,
        count(usage.executions(), "command", "commands"),
        DurationText.format(usage.wallTime()),
        SizeText.format(usage.peakMemoryBytes()));
  }

  private static String count(long count, String one, String many) {
    return count + " " + (count == 1 ? one : many);
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

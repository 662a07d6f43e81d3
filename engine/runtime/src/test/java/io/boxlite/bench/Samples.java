package io.boxlite.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;

/** Durations of one thing that was measured many times. */
final class Samples {
  private final List<Double> millis = new ArrayList<>();

  /** Runs the thing and keeps how long it took. */
  <T> T time(Callable<T> thing) throws Exception {
    long start = System.nanoTime();
    T result = thing.call();
    addNanos(System.nanoTime() - start);
    return result;
  }

  void addNanos(long nanos) {
    millis.add(nanos / 1e6);
  }

  void addAll(List<Long> nanos) {
    nanos.forEach(this::addNanos);
  }

  int count() {
    return millis.size();
  }

  double p50() {
    return percentile(50);
  }

  double p95() {
    return percentile(95);
  }

  /** The nearest-rank percentile in milliseconds, to two places. */
  private double percentile(int percent) {
    if (millis.isEmpty()) {
      throw new IllegalStateException("nothing was measured");
    }
    List<Double> sorted = new ArrayList<>(millis);
    Collections.sort(sorted);
    int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
    return Math.round(sorted.get(rank - 1) * 100) / 100.0;
  }
}

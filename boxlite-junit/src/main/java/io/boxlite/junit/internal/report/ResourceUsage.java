package io.boxlite.junit.internal.report;

import io.boxlite.ExecResult;
import java.time.Duration;

/**
 * What executions used.
 *
 * @param executions how many have ended
 * @param wallTime the sum of their wall-clock times
 * @param peakMemoryBytes the largest peak memory among them
 */
record ResourceUsage(long executions, Duration wallTime, long peakMemoryBytes) {
  static final ResourceUsage NONE = new ResourceUsage(0, Duration.ZERO, 0);

  static ResourceUsage of(ExecResult result) {
    return new ResourceUsage(1, result.wallTime(), result.peakMemoryBytes());
  }

  ResourceUsage plus(ResourceUsage other) {
    return new ResourceUsage(
        executions + other.executions,
        wallTime.plus(other.wallTime),
        Math.max(peakMemoryBytes, other.peakMemoryBytes));
  }
}

package io.boxlite.junit.internal.report;

import io.boxlite.ExecResult;
import java.time.Duration;

/**
 * What commands took.
 *
 * @param commands how many have ended
 * @param time how long they ran, one after the other
 * @param peakMemoryBytes the most memory that one of them held
 */
record BoxFigures(long commands, Duration time, long peakMemoryBytes) {
  static final BoxFigures NONE = new BoxFigures(0, Duration.ZERO, 0);

  static BoxFigures of(ExecResult result) {
    return new BoxFigures(1, result.wallTime(), result.peakMemoryBytes());
  }

  BoxFigures plus(BoxFigures other) {
    return new BoxFigures(
        commands + other.commands,
        time.plus(other.time),
        Math.max(peakMemoryBytes, other.peakMemoryBytes));
  }
}

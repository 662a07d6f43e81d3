package io.boxlite.text;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;

/** Durations as text: {@code 250 ms}, {@code 1.25 s}. */
public final class DurationText {
  private static final long MILLISECOND = 1_000_000;
  private static final long SECOND = 1000 * MILLISECOND;
  private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);
  private static final Map<String, Long> UNITS =
      Map.of("ms", MILLISECOND, "s", SECOND, "min", 60 * SECOND, "h", 3600 * SECOND);

  private DurationText() {}

  /**
   * Formats a duration in milliseconds below one second, otherwise in seconds: {@code 12.3 ms},
   * {@code 500 ms}, {@code 1.25 s}, {@code 90 s}. A whole number has no decimals; any other is
   * rounded to one decimal of a millisecond, or two of a second.
   */
  public static String format(Duration duration) {
    if (duration.compareTo(Duration.ofNanos(SECOND - MILLISECOND / 20)) < 0) {
      return Quantity.format(duration.toNanos(), MILLISECOND, 1) + " ms";
    }
    long millis = duration.plusNanos(MILLISECOND / 2).toMillis();
    return Quantity.format(millis, 1000, 2) + " s";
  }

  /**
   * Parses a duration with its unit, {@code 500ms}, {@code 1.5 s}, {@code 2min}, {@code 1h}, or in
   * ISO 8601 such as {@code PT1M30S}.
   *
   * @throws IllegalArgumentException when the text is not a duration, or exceeds 292 years; the
   *     message says what is expected
   */
  public static Duration parse(String text) {
    Optional<Duration> duration =
        Quantity.parse(text, UNITS)
            .map(nanos -> nanos.setScale(0, RoundingMode.HALF_UP))
            .filter(nanos -> nanos.compareTo(MOST) <= 0)
            .map(nanos -> Duration.ofNanos(nanos.longValueExact()));
    if (duration.isPresent()) {
      return duration.get();
    }
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "it must be a time with its unit, such as 500ms, 5s, 2min or 1h", e);
    }
  }
}

package io.boxlite.maven;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times and sizes as a person writes and reads them, always with their unit. */
final class Quantity {
  private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(\\d{1,15})\\s*([A-Za-z]+)");
  private static final Map<String, Duration> TIMES =
      Map.of(
          "ms", Duration.ofMillis(1),
          "s", Duration.ofSeconds(1),
          "min", Duration.ofMinutes(1),
          "h", Duration.ofHours(1));
  private static final Map<String, Long> SIZES =
      Map.of("b", 1L, "kib", 1L << 10, "mib", 1L << 20, "gib", 1L << 30);

  private Quantity() {}

  /**
   * Reads {@code 500ms}, {@code 5s}, {@code 2min}, {@code 1h}, or ISO 8601 such as {@code PT1M30S}.
   *
   * @throws IllegalArgumentException saying what was expected, to follow the value
   */
  static Duration duration(String text) {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text);
    try {
      if (matcher.matches()) {
        Duration unit = TIMES.get(matcher.group(2).toLowerCase(Locale.ROOT));
        if (unit != null) {
          return unit.multipliedBy(Long.parseLong(matcher.group(1)));
        }
      } else if (text.startsWith("P")) {
        return Duration.parse(text);
      }
    } catch (DateTimeParseException | ArithmeticException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "it must be a time with its unit, such as 500ms, 5s, 2min or 1h");
  }

  /**
   * Reads {@code 4096B}, {@code 64KiB}, {@code 64MiB} or {@code 1GiB} as bytes.
   *
   * @throws IllegalArgumentException saying what was expected, to follow the value
   */
  static long bytes(String text) {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text);
    try {
      if (matcher.matches()) {
        Long unit = SIZES.get(matcher.group(2).toLowerCase(Locale.ROOT));
        if (unit != null) {
          return Math.multiplyExact(unit, Long.parseLong(matcher.group(1)));
        }
      }
    } catch (ArithmeticException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "it must be a size with its unit, such as 4096B, 64KiB, 64MiB or 1GiB");
  }

  static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.2f s", time.toMillis() / 1e3);
  }

  static String size(long bytes) {
    if (bytes >= 1L << 30) {
      return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
    if (bytes >= 1L << 20) {
      return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1L << 20));
    }
    return String.format(Locale.ROOT, "%.1f KiB", bytes / (double) (1L << 10));
  }
}

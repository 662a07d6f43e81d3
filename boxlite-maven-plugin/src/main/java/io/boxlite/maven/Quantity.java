package io.boxlite.maven;

import io.boxlite.text.DurationText;
import io.boxlite.text.SizeText;
import java.time.Duration;
import java.util.Locale;

/** Reads and formats times and sizes with their units. */
final class Quantity {
  private Quantity() {}

  /**
   * Reads {@code 500ms}, {@code 5s}, {@code 2min}, {@code 1h}, or ISO 8601 such as {@code PT1M30S}.
   *
   * @throws IllegalArgumentException saying what was expected, to follow the value
   */
  static Duration duration(String text) {
    return DurationText.parse(text);
  }

  /**
   * Reads {@code 4096B}, {@code 64KiB}, {@code 64MiB} or {@code 1GiB} as bytes.
   *
   * @throws IllegalArgumentException saying what was expected, to follow the value
   */
  static long bytes(String text) {
    return SizeText.parse(text);
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

package io.boxlite.text;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

/** Sizes in bytes as text, in units of powers of two: {@code 512 MiB}. */
public final class SizeText {
  private static final Map<String, Long> UNITS =
      Map.ofEntries(
          Map.entry("b", 1L),
          Map.entry("byte", 1L),
          Map.entry("bytes", 1L),
          Map.entry("k", 1L << 10),
          Map.entry("kib", 1L << 10),
          Map.entry("m", 1L << 20),
          Map.entry("mib", 1L << 20),
          Map.entry("g", 1L << 30),
          Map.entry("gib", 1L << 30));

  private SizeText() {}

  /**
   * Formats a size with the largest unit that it fills: {@code 17 bytes}, {@code 1.5 KiB}, {@code
   * 512 MiB}. An exact multiple of the unit has no decimals; any other size is rounded to one.
   */
  public static String format(long bytes) {
    if (bytes == 1) {
      return "1 byte";
    }
    if (bytes < 1 << 10) {
      return bytes + " bytes";
    }
    if (bytes < rounded(1 << 20)) {
      return Quantity.format(bytes, 1 << 10, 1) + " KiB";
    }
    if (bytes < rounded(1 << 30)) {
      return Quantity.format(bytes, 1 << 20, 1) + " MiB";
    }
    return Quantity.format(bytes, 1 << 30, 1) + " GiB";
  }

  /** The smallest size that is not shown as "1024.0" of the next smaller unit. */
  private static long rounded(long unit) {
    return unit - (unit >> 10) / 20;
  }

  /**
   * Parses a size with its unit: {@code 4096B}, {@code 64 KiB}, {@code 1.5GiB}, {@code 1g}. The
   * units are B, KiB (or K), MiB (or M) and GiB (or G), in upper or lower case.
   *
   * @return the size in bytes
   * @throws IllegalArgumentException when the text is not a size; the message says what is
   */
  public static long parse(String text) {
    return Quantity.parse(text, UNITS)
        .map(bytes -> bytes.setScale(0, RoundingMode.HALF_UP))
        .filter(bytes -> bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0)
        .map(BigDecimal::longValueExact)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "it must be a size with its unit, such as 4096B, 64KiB, 64MiB or 1GiB"));
  }
}

package io.boxlite.text;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with a unit. */
final class Quantity {
  private static final Pattern NUMBER_AND_UNIT =
      Pattern.compile("([0-9]{1,15}(?:\\.[0-9]{1,9})?)\\s*([A-Za-z]+)");

  private Quantity() {}

  /**
   * Reads a number with a unit.
   *
   * @param units what each unit counts, by its name in lower case
   * @return the number times its unit; empty when the text is anything else
   */
  static Optional<BigDecimal> parse(String text, Map<String, Long> units) {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.ofNullable(units.get(matcher.group(2).toLowerCase(Locale.ROOT)))
        .map(unit -> new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit)));
  }

  /** Formats a value with the given number of decimals, or with none where it is a whole number. */
  static String format(long value, long unit, int decimals) {
    return value % unit == 0
        ? Long.toString(value / unit)
        : String.format(Locale.ROOT, "%." + decimals + "f", value / (double) unit);
  }
}

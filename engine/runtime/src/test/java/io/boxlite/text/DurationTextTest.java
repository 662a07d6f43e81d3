package io.boxlite.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "PT0S, 0 ms",
    "PT0.0123456S, 12.3 ms",
    "PT0.5S, 500 ms",
    "PT0.9999S, 999.9 ms",
    "PT0.99996S, 1 s",
    "PT1.234S, 1.23 s",
    "PT1.0004S, 1 s",
    "PT90S, 90 s",
    "PT168H, 604800 s",
  })
  void showsMillisecondsOrSeconds(Duration duration, String text) {
    assertThat(DurationText.format(duration)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "500ms, PT0.5S",
    "5s, PT5S",
    "1.5 S, PT1.5S",
    "2min, PT2M",
    "1h, PT1H",
    "PT1M30S, PT1M30S",
    "0ms, PT0S",
  })
  void readsNumbersWithAUnitAndIso8601(String text, Duration duration) {
    assertThat(DurationText.parse(text)).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "5m", "5 days", "-5s", "P", "999999999999999h"})
  void refusesAnythingElse(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DurationText.parse(text))
        .withMessage("it must be a time with its unit, such as 500ms, 5s, 2min or 1h");
  }
}

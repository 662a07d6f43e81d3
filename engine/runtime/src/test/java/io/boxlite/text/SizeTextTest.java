package io.boxlite.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizeTextTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 bytes",
    "1, 1 byte",
    "1023, 1023 bytes",
    "1024, 1 KiB",
    "1025, 1.0 KiB",
    "1536, 1.5 KiB",
    "1048523, 1023.9 KiB",
    "1048575, 1.0 MiB",
    "1048576, 1 MiB",
    "536870912, 512 MiB",
    "1073741823, 1.0 GiB",
    "17716740096, 16.5 GiB",
    "9223372036854775807, 8589934592.0 GiB",
  })
  void showsTheLargestUnitThatIsFilled(long bytes, String text) {
    assertThat(SizeText.format(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0B, 0",
    "4096B, 4096",
    "17 bytes, 17",
    "64KiB, 65536",
    "64 kib, 65536",
    "1g, 1073741824",
    "1.5 GiB, 1610612736",
    "512m, 536870912",
    "' 1 k ', 1024",
    "0.0004KiB, 0",
  })
  void readsNumbersWithAUnit(String text, long bytes) {
    assertThat(SizeText.parse(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "64", "KiB", "64MB", "-1KiB", "1e3B", "1,5GiB", "999999999999999GiB", "٣B"})
  void refusesAnythingElse(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SizeText.parse(text))
        .withMessage("it must be a size with its unit, such as 4096B, 64KiB, 64MiB or 1GiB");
  }
}

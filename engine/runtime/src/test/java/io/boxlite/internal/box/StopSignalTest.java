package io.boxlite.internal.box;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StopSignalTest {
  @ParameterizedTest
  @CsvSource({
    "SIGTERM, 15",
    "SIGHUP, 1",
    "SIGQUIT, 3",
    "quit, 3",
    "SigWinch, 28",
    "SIGSYS, 31",
    "9, 9",
    "64, 64",
    "SIGRTMIN, 34",
    "SIGRTMIN+3, 37",
    "RTMAX-1, 63",
    "SIGRTMAX, 64"
  })
  void isKnownByNameAndByNumber(String text, int number) {
    assertThat(StopSignal.parse(text)).hasValue(number);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "SIG", "SIGNONE", "0", "65", "-1", "SIGRTMIN+31", "SIGRTMAX-31", "15 "})
  void anUnknownOneIsNone(String text) {
    assertThat(StopSignal.parse(text)).isEmpty();
  }

  @Test
  void theSignalOfMostImagesIsTerm() {
    assertThat(StopSignal.parse("TERM")).hasValue(StopSignal.TERM);
  }
}

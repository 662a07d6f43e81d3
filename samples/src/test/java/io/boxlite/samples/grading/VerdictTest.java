package io.boxlite.samples.grading;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Outcome;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictTest {
  @Test
  void acceptsAProgramThatRanToItsEnd() {
    assertThat(Verdict.of(Results.exited(0, "noise\nproof\n", ""), "proof"))
        .isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void rejectsAProgramThatExitsWithZeroBeforeItsEnd() {
    assertThat(Verdict.of(Results.exited(0, "noise\n", ""), "proof")).isEqualTo(Verdict.REJECTED);
  }

  @Test
  void rejectsAProgramThatFailsAfterItsEnd() {
    assertThat(Verdict.of(Results.exited(1, "proof\n", ""), "proof")).isEqualTo(Verdict.REJECTED);
  }

  @ParameterizedTest
  @CsvSource({
    "SIGNALED, CRASHED",
    "TIMED_OUT, TIMED_OUT",
    "CPU_TIME_EXCEEDED, CPU_TIME_EXCEEDED",
    "OUT_OF_MEMORY, OUT_OF_MEMORY",
    "OUTPUT_LIMIT_EXCEEDED, OUTPUT_LIMIT_EXCEEDED",
    "BOX_LOST, NONE"
  })
  void neverAcceptsAProgramThatDidNotExit(Outcome outcome, Verdict verdict) {
    assertThat(Verdict.of(Results.of(outcome, 0, 0, "proof\n", ""), "proof")).isEqualTo(verdict);
  }

  @Test
  void coversEveryOutcome() {
    assertThat(Arrays.stream(Outcome.values()))
        .allSatisfy(
            outcome ->
                assertThat(Verdict.of(Results.of(outcome, 0, 0, "", ""), "proof")).isNotNull());
  }
}

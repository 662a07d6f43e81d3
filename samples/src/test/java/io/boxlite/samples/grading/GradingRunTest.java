package io.boxlite.samples.grading;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GradingRunTest {
  @ParameterizedTest
  @CsvSource({"2, 24, 2", "64, 24, 38", "8, 1, 1", "8, 0, 1", "1, 64, 1"})
  void usesOneBoxForEachProcessorAndAtMostHalfOfTheMemory(int cpus, long memoryGib, int boxes) {
    assertThat(GradingRun.boxesFor(cpus, memoryGib << 30)).isEqualTo(boxes);
  }
}

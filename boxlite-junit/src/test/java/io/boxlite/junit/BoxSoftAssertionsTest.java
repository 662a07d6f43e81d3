package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.BoxAssertions.assertThatThrownBy;

import io.boxlite.ExecResult;
import io.boxlite.junit.assertions.ExecResultSamples;
import java.time.Duration;
import org.assertj.core.api.AssertionsForClassTypes;
import org.junit.jupiter.api.Test;

class BoxSoftAssertionsTest {
  private final BoxSoftAssertions softly = new BoxSoftAssertions();
  private final ExecResult result = ExecResultSamples.wrote("41\n", "");

  @Test
  void tellOfAllThatFailed() {
    softly.assertThat(result).as("the answer").exitedWith(3).hasStdout("42\n");
    softly.assertThat(result).succeeded();
    softly.assertThat("text").isEmpty();

    assertThat(softly.errorsCollected()).hasSize(3);
    assertThatThrownBy(softly::assertAll)
        .hasMessageContaining("[the answer]")
        .hasMessageContaining("to exit with 3")
        .hasMessageContaining("42");
  }

  @Test
  void goOnSoftlyWithAStream() {
    softly.assertThat(result).as("the answer").stdout().contains("42").contains("43");
    softly.assertThat(result).stderr().isEmpty();

    assertThat(softly.errorsCollected()).hasSize(2);
    AssertionsForClassTypes.assertThat(softly.errorsCollected().get(0))
        .hasMessageContaining("[the answer] stdout of a command that exited with 0");
  }

  @Test
  void passWhenNothingFails() {
    softly.assertThat(result).succeeded().finishedWithin(Duration.ofSeconds(5));
    softly.assertAll();
  }
}

package io.boxlite.samples.grading;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import org.junit.jupiter.api.Test;

class ExpectationTest {
  @Test
  void isMetByTheVerdictAndTheExitCode() {
    Expectation three = Expectation.rejected(3);

    assertThat(three.isMetBy(Verdict.REJECTED, Results.exited(3, "", ""))).isTrue();
    assertThat(three.isMetBy(Verdict.REJECTED, Results.exited(1, "", ""))).isFalse();
    assertThat(three.isMetBy(Verdict.ACCEPTED, Results.exited(3, "", ""))).isFalse();
  }

  @Test
  void isMetByTheSignalOfACrash() {
    ExecResult segmentationFault = Results.of(Outcome.SIGNALED, 139, 11, "", "");

    assertThat(Expectation.crashed(11).isMetBy(Verdict.CRASHED, segmentationFault)).isTrue();
    assertThat(Expectation.crashed(9).isMetBy(Verdict.CRASHED, segmentationFault)).isFalse();
  }

  @Test
  void isMetOnlyIfTheOutputHasItsText() {
    Expectation assertion = Expectation.rejected(1).saying("AssertionError");

    assertThat(assertion.isMetBy(Verdict.REJECTED, Results.exited(1, "", "AssertionError\n")))
        .isTrue();
    assertThat(assertion.isMetBy(Verdict.REJECTED, Results.exited(1, "", "SyntaxError\n")))
        .isFalse();
  }

  @Test
  void ignoresTheSignalWhenALimitKills() {
    ExecResult killed = Results.of(Outcome.TIMED_OUT, 137, 9, "", "");

    assertThat(Expectation.killed(Verdict.TIMED_OUT).isMetBy(Verdict.TIMED_OUT, killed)).isTrue();
  }
}

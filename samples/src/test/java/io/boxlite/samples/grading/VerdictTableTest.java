package io.boxlite.samples.grading;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class VerdictTableTest {
  private static final Submission EXITS_WITH_3 =
      new Submission(
          Submission.Group.HOSTILE,
          "exits with 3",
          "exit(3)",
          UnaryOperator.identity(),
          Expectation.rejected(3));

  @Test
  void showsExpectedAndActualVerdictsAndTheTotals() {
    VerdictTable table = new VerdictTable(List.of(exits(3, true)));

    assertThat(table.allAsExpected()).isTrue();
    assertThat(table.text())
        .containsPattern(
            "exits with 3 +REJECTED, exit 3 +REJECTED, exit 3 +1\\.50 +0\\.50 +8\\.0 *\n")
        .endsWith("graded 1, as expected 1\n")
        .doesNotContain("MISMATCH");
  }

  @Test
  void showsTheOutputOfAMismatch() {
    VerdictTable table = new VerdictTable(List.of(exits(3, true), exits(1, true)));

    assertThat(table.allAsExpected()).isFalse();
    assertThat(table.text())
        .containsPattern("REJECTED, exit 3 +REJECTED, exit 1 .*MISMATCH\n")
        .contains("stderr: why it failed")
        .endsWith("graded 2, as expected 1\n");
  }

  @Test
  void countsADamagedBoxAsAMismatch() {
    VerdictTable table = new VerdictTable(List.of(exits(3, false)));

    assertThat(table.allAsExpected()).isFalse();
    assertThat(table.text()).contains("BOX DAMAGED").endsWith("graded 1, as expected 0\n");
  }

  private static Graded exits(int exitCode, boolean boxWorks) {
    return new Graded(
        EXITS_WITH_3, Results.exited(exitCode, "", "why it failed"), Verdict.REJECTED, boxWorks);
  }
}

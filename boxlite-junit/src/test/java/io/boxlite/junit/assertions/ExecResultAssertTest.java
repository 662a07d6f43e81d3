package io.boxlite.junit.assertions;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.BoxAssertions.assertThatIllegalArgumentException;
import static io.boxlite.junit.BoxAssertions.assertThatThrownBy;
import static io.boxlite.junit.assertions.ExecResultSamples.exited;
import static io.boxlite.junit.assertions.ExecResultSamples.killed;
import static io.boxlite.junit.assertions.ExecResultSamples.signaled;
import static io.boxlite.junit.assertions.ExecResultSamples.wrote;

import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opentest4j.AssertionFailedError;

class ExecResultAssertTest {
  @Test
  void succeededPassesOnExitCodeZero() {
    assertThat(exited(0)).succeeded();
  }

  @Test
  void succeededFailsOnAnotherExitCode() {
    failureOf(() -> assertThat(exited(3)).succeeded())
        .hasMessageContaining("Expecting the command to succeed (exit with 0)")
        .hasMessageContaining("but it exited with 3:");
  }

  @Test
  void succeededFailsOnASignal() {
    failureOf(() -> assertThat(signaled(11)).succeeded())
        .hasMessageContaining("but it was killed by signal 11:");
  }

  @Test
  void exitedWithPassesOnThatExitCode() {
    assertThat(exited(3)).exitedWith(3);
  }

  @Test
  void exitedWithFailsOnAnotherExitCode() {
    failureOf(() -> assertThat(exited(0)).exitedWith(3))
        .hasMessageContaining("Expecting the command to exit with 3")
        .hasMessageContaining("but it exited with 0:");
  }

  @Test
  void exitedWithFailsWhenASignalGaveTheSameExitCode() {
    failureOf(() -> assertThat(signaled(9)).exitedWith(137))
        .hasMessageContaining("but it was killed by signal 9:");
  }

  @Test
  void exitedWithRefusesWhatNoProgramCanExitWith() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(exited(0)).exitedWith(256))
        .withMessage("exitCode is 256; it must be from 0 to 255");
  }

  @Test
  void wasKilledByPassesOnThatSignal() {
    assertThat(signaled(11)).wasKilledBy(11);
  }

  @Test
  void wasKilledByFailsOnAnotherSignal() {
    failureOf(() -> assertThat(signaled(11)).wasKilledBy(6))
        .hasMessageContaining("Expecting the command to be killed by signal 6")
        .hasMessageContaining("but it was killed by signal 11:");
  }

  @Test
  void wasKilledByTellsAnOutOfMemoryKillFromAnotherSigkill() {
    failureOf(() -> assertThat(killed(Outcome.OUT_OF_MEMORY)).wasKilledBy(9))
        .hasMessageContaining("but it ran out of memory at 3 MiB:");
  }

  @Test
  void wasKilledByRefusesWhatIsNoSignal() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(exited(0)).wasKilledBy(0))
        .withMessage("signal is 0; it must be from 1 to 64");
  }

  @Test
  void timedOutPassesOnThatOutcome() {
    assertThat(killed(Outcome.TIMED_OUT)).timedOut();
  }

  @Test
  void timedOutFailsOnAnExit() {
    failureOf(() -> assertThat(exited(124)).timedOut())
        .hasMessageContaining("Expecting the command to run out of time")
        .hasMessageContaining("but it exited with 124:");
  }

  @Test
  void ranOutOfMemoryPassesOnThatOutcome() {
    assertThat(killed(Outcome.OUT_OF_MEMORY)).ranOutOfMemory();
  }

  @Test
  void ranOutOfMemoryFailsOnAPlainSigkill() {
    failureOf(() -> assertThat(signaled(9)).ranOutOfMemory())
        .hasMessageContaining("Expecting the command to run out of memory")
        .hasMessageContaining("but it was killed by signal 9:");
  }

  @Test
  void foundBoxOutOfMemoryPassesOnThatOutcome() {
    assertThat(killed(Outcome.BOX_OUT_OF_MEMORY)).foundBoxOutOfMemory();
  }

  @Test
  void foundBoxOutOfMemoryFailsOnTheCommandsOwnLimit() {
    failureOf(() -> assertThat(killed(Outcome.OUT_OF_MEMORY)).foundBoxOutOfMemory())
        .hasMessageContaining("Expecting the command to find its box out of memory")
        .hasMessageContaining("but it ran out of memory at");
  }

  @Test
  void exceededOutputPassesOnThatOutcome() {
    assertThat(killed(Outcome.OUTPUT_LIMIT_EXCEEDED)).exceededOutput();
  }

  @Test
  void exceededOutputFailsOnATimeout() {
    failureOf(() -> assertThat(killed(Outcome.TIMED_OUT)).exceededOutput())
        .hasMessageContaining("Expecting the command to exceed its output limit")
        .hasMessageContaining("but it ran out of time after 250 ms:");
  }

  @Test
  void exceededCpuTimePassesOnThatOutcome() {
    assertThat(killed(Outcome.CPU_TIME_EXCEEDED)).exceededCpuTime();
  }

  @Test
  void exceededCpuTimeFailsOnAWallClockTimeout() {
    failureOf(() -> assertThat(killed(Outcome.TIMED_OUT)).exceededCpuTime())
        .hasMessageContaining("Expecting the command to run out of processor time")
        .hasMessageContaining("but it ran out of time after 250 ms:");
  }

  @Test
  void hasStdoutPassesOnTheWholeText() {
    assertThat(wrote("42\n", "noise")).hasStdout("42\n");
  }

  @Test
  void hasStdoutFailsOnAnotherTextAndGivesBothToTheIde() {
    failureOf(() -> assertThat(wrote("42\n", "")).hasStdout("42"))
        .hasMessageContaining(
            "Expecting the command to write exactly the following to stdout:\n    42\n")
        .hasMessageContaining("but it wrote the same followed by a line break (\"\\n\"):\n")
        .isInstanceOfSatisfying(
            AssertionFailedError.class,
            error -> {
              assertThat(error.getActual().getValue()).isEqualTo("42\n");
              assertThat(error.getExpected().getValue()).isEqualTo("42");
            });
  }

  @Test
  void hasStderrPassesOnTheWholeText() {
    assertThat(wrote("", "oh\n")).hasStderr("oh\n");
  }

  @Test
  void hasStderrFailsOnWhatWentToStdout() {
    failureOf(() -> assertThat(wrote("oh\n", "")).hasStderr("oh\n"))
        .hasMessageContaining(
            "Expecting the command to write exactly the following to stderr:\n    oh\n");
  }

  @Test
  void stdoutGoesOnWithItsText() {
    assertThat(wrote("Linux box", "")).stdout().startsWith("Linux").endsWith("box");
  }

  @Test
  void stdoutFailsWithTheWholeResult() {
    failureOf(() -> assertThat(wrote("Linux", "why not")).stdout().isEmpty())
        .hasMessageContaining("stdout of a command that exited with 0")
        .hasMessageContaining("why not");
  }

  @Test
  void stderrGoesOnWithItsText() {
    assertThat(wrote("", "No such file")).stderr().contains("such");
  }

  @Test
  void stderrFailsWithTheWholeResult() {
    failureOf(() -> assertThat(wrote("out", "No such file")).stderr().isEmpty())
        .hasMessageContaining("stderr of a command that exited with 0")
        .hasMessageContaining("peak memory: 3 MiB");
  }

  @Test
  void finishedWithinPassesOnTheVeryLimit() {
    assertThat(exited(0)).finishedWithin(Duration.ofMillis(250));
  }

  @Test
  void finishedWithinFailsOnATooShortLimit() {
    failureOf(() -> assertThat(exited(0)).finishedWithin(Duration.ofMillis(249)))
        .hasMessageContaining("Expecting the command to finish within 249 ms")
        .hasMessageContaining("but it took 250 ms and exited with 0:");
  }

  @Test
  void finishedWithinFailsWhenTheBoxWasLost() {
    failureOf(() -> assertThat(killed(Outcome.BOX_LOST)).finishedWithin(Duration.ofDays(1)))
        .hasMessageContaining("its box was lost");
  }

  @Test
  void finishedWithinRefusesANegativeLimit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(exited(0)).finishedWithin(Duration.ofSeconds(-1)))
        .withMessage("limit is PT-1S; it must not be negative");
  }

  @Test
  void usedAtMostPassesOnTheVeryLimit() {
    assertThat(exited(0)).usedAtMost(3 << 20);
  }

  @Test
  void usedAtMostFailsOnATooSmallLimit() {
    failureOf(() -> assertThat(exited(0)).usedAtMost(1000))
        .hasMessageContaining("Expecting the command to use at most 1000 bytes of memory")
        .hasMessageContaining("but it used 3 MiB (3145728 bytes):");
  }

  @Test
  void usedAtMostRefusesANegativeLimit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(exited(0)).usedAtMost(-1))
        .withMessageStartingWith("bytes is -1;");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EXITED")
  void succeededFailsOnEveryOutcomeButAnExit(Outcome outcome) {
    ExecResult result = ExecResult.builder().outcome(outcome).build();

    failureOf(() -> assertThat(result).succeeded()).hasMessageContaining("outcome:     " + outcome);
  }

  @Test
  void assertionsChain() {
    assertThat(wrote("42\n", ""))
        .succeeded()
        .hasStdout("42\n")
        .hasStderr("")
        .finishedWithin(Duration.ofSeconds(1))
        .usedAtMost(4 << 20);
  }

  @Test
  void aDescriptionLeadsTheMessage() {
    failureOf(() -> assertThat(exited(1)).as("submission 7").succeeded())
        .hasMessageStartingWith("[submission 7] ");
  }

  @Test
  void megabytesOfTextGiveAShortMessage() {
    String text = "first" + "1\n".repeat(1 << 20) + "last";
    ExecResult result = wrote(text, "");
    for (ThrowingCallable assertion :
        List.<ThrowingCallable>of(
            () -> assertThat(result).stdout().contains("2"),
            () -> assertThat(result).stdout().isEqualTo(text.replace('1', '2')),
            () -> assertThat(result).hasStdout(text.replace('1', '2')))) {
      assertThatThrownBy(assertion)
          .isInstanceOf(AssertionError.class)
          .satisfies(
              failure ->
                  assertThat(failure.getMessage())
                      .contains("first", "last", "characters omitted ...]")
                      .hasSizeLessThan(20_000));
    }
  }

  @Test
  void percentSignsInTheOutputDoNoHarm() {
    failureOf(() -> assertThat(wrote("100%d %s\n", "")).exitedWith(1))
        .hasMessageContaining("100%d %s");
  }

  @Test
  void aMissingResultIsSaidSo() {
    failureOf(() -> assertThat((ExecResult) null).succeeded())
        .hasMessageContaining("Expecting actual not to be null");
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> failureOf(ThrowingCallable code) {
    return assertThatThrownBy(code).isInstanceOf(AssertionError.class);
  }
}

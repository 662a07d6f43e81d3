package io.boxlite.junit.internal.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Outcome;
import io.boxlite.junit.assertions.ExecResultSamples;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExecResultReportTest {
  @Test
  void showsOutcomeExitCodeTimesMemoryAndBothStreams() {
    assertThat(ExecResultReport.details(ExecResultSamples.wrote("one\ntwo\n", "")))
        .isEqualTo(
            """
              outcome:     EXITED
              exit code:   0
              wall time:   250 ms
              cpu time:    120 ms
              peak memory: 3 MiB
              stdout:      8 bytes:
                one
                two
              stderr:      empty
            """);
  }

  @Test
  void showsTheSignalBesideTheExitCode() {
    assertThat(ExecResultReport.details(ExecResultSamples.signaled(11)))
        .contains("exit code:   139 (signal 11)");
  }

  @Test
  void hasNoExitCodeForALostBox() {
    assertThat(ExecResultReport.details(ExecResultSamples.killed(Outcome.BOX_LOST)))
        .contains("BOX_LOST")
        .doesNotContain("exit code");
  }

  @Test
  void saysWhyABoxWasLost() {
    ExecResult lost =
        silent(
            Outcome.BOX_LOST,
            -1,
            Optional.of("box 4f00 was lost: QEMU was killed by signal 9"),
            Optional.empty());

    assertThat(ExecResultReport.details(lost))
        .contains("  loss:        box 4f00 was lost: QEMU was killed by signal 9\n");
  }

  @Test
  void showsTheLastTwentyLines() {
    String lines =
        IntStream.rangeClosed(1, 100).mapToObj(n -> "line " + n).collect(Collectors.joining("\n"));

    assertThat(ExecResultReport.details(ExecResultSamples.wrote("", lines)))
        .contains(", the end:\n    line 81\n")
        .contains("line 100\n")
        .doesNotContain("line 80\n");
  }

  @Test
  void showsTheEndOfAVeryLongLine() {
    assertThat(ExecResultReport.details(ExecResultSamples.wrote("x".repeat(1 << 20) + "end", "")))
        .contains("xend\n")
        .hasSizeLessThan(3000);
  }

  @Test
  void saysThatAStreamWasCutOff() {
    ExecResult flood =
        ExecResult.builder()
            .outcome(Outcome.OUTPUT_LIMIT_EXCEEDED)
            .exitCode(137)
            .signal(9)
            .stdout("y")
            .stdoutTruncated(true)
            .build();

    assertThat(ExecResultReport.details(flood))
        .contains("stdout:      1 byte, cut off at the output limit:");
  }

  @Test
  void saysHowLongTheBoxWaitedForTheHost() {
    assertThat(ExecResultReport.summary(timedOut(Duration.ofMillis(600))))
        .isEqualTo("ran out of time after 2 s, of which its box waited 600 ms for the host");
    assertThat(ExecResultReport.details(timedOut(Duration.ofMillis(600))))
        .contains("wall time:   2 s, of which its box waited 600 ms for the host\n");
    assertThat(ExecResultReport.details(timedOut(Duration.ofMillis(20))))
        .contains("wall time:   2 s\n");
  }

  private static ExecResult timedOut(Duration stolenTime) {
    return ExecResult.builder()
        .outcome(Outcome.TIMED_OUT)
        .exitCode(137)
        .signal(9)
        .wallTime(Duration.ofSeconds(2))
        .cpuTime(Duration.ofSeconds(1))
        .stolenTime(stolenTime)
        .build();
  }

  @Test
  void saysThatOtherCommandsUsedTheMemory() {
    assertThat(ExecResultReport.summary(ExecResultSamples.killed(Outcome.BOX_OUT_OF_MEMORY)))
        .endsWith(", because other commands used up the memory of the box");
  }

  @Test
  void escapesControlCharacters() {
    assertThat(ExecResultReport.details(ExecResultSamples.wrote("\u001b[2Jgone\u0000", "")))
        .contains("\\x1b[2Jgone\\x00");
  }

  @Test
  void explainsHowToRunACommandLine() {
    assertThat(ExecResultReport.summary(exited(127, "echo hello")))
        .isEqualTo(
            "exited with 127: there is no program of that name. To run a command line, use \"sh\","
                + " \"-c\", \"echo hello\"");
    assertThat(ExecResultReport.summary(exited(127, "sh", "-c", "no such")))
        .isEqualTo("exited with 127");
    assertThat(ExecResultReport.summary(exited(1, "my tool"))).isEqualTo("exited with 1");
  }

  private static ExecResult exited(int exitCode, String... argv) {
    return silent(Outcome.EXITED, exitCode, Optional.empty(), Optional.of(Command.of(argv)));
  }

  private static ExecResult silent(
      Outcome outcome, int exitCode, Optional<String> loss, Optional<Command> command) {
    ExecResult.Builder result = ExecResult.builder().outcome(outcome).exitCode(exitCode);
    loss.ifPresent(result::loss);
    command.ifPresent(result::command);
    return result.build();
  }
}

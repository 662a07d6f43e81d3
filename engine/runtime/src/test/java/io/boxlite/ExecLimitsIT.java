package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The limits of commands, and what a result says of their time and memory, in one box. */
@Timeout(180)
class ExecLimitsIT extends OneBox {
  @Test
  void countsTimeAndMemory() {
    ExecResult result =
        box.exec("sh", "-c", "i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done; sleep 0.2");
    assertThat(result.cpuTime()).isPositive();
    assertThat(result.wallTime())
        .isGreaterThan(Duration.ofMillis(200))
        .isGreaterThan(result.cpuTime());
    assertThat(result.peakMemoryBytes()).isBetween(64L << 10, 64L << 20);
  }

  @Test
  void endsAProgramAtItsTimeLimit() {
    ExecResult result =
        box.exec(Command.of("sh", "-c", "echo early; sleep 1000").timeout(Duration.ofSeconds(2)));
    assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(result.exitCode()).isEqualTo(137);
    assertThat(result.signal()).isEqualTo(9);
    assertThat(result.stdout()).isEqualTo("early\n");
    assertThat(result.wallTime()).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(30));
  }

  @Test
  void endsAProgramAtItsProcessorTimeLimit() {
    ExecResult result =
        box.exec(Command.of("sh", "-c", "while :; do :; done").cpuTime(Duration.ofMillis(300)));
    assertThat(result.outcome()).isEqualTo(Outcome.CPU_TIME_EXCEEDED);
    assertThat(result.exitCode()).isEqualTo(137);
    assertThat(result.cpuTime()).isGreaterThanOrEqualTo(Duration.ofMillis(300));
  }

  @Test
  void doesNotCountSleepAsProcessorTime() {
    ExecResult result = box.exec(Command.of("sleep", "0.6").cpuTime(Duration.ofMillis(500)));
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
  }

  @Test
  void endsAProgramThatWritesTooMuch() {
    for (String stream : List.of("1", "2")) {
      ExecResult result =
          box.exec(Command.of("sh", "-c", "yes >&" + stream).maxOutputBytes(100_000));
      assertThat(result.outcome()).isEqualTo(Outcome.OUTPUT_LIMIT_EXCEEDED);
      byte[] kept = stream.equals("1") ? result.stdoutBytes() : result.stderrBytes();
      assertThat(kept).hasSize(100_000);
      assertThat(result.stdoutTruncated()).isEqualTo(stream.equals("1"));
      assertThat(result.stderrTruncated()).isEqualTo(stream.equals("2"));
    }
  }

  @Test
  void givesOneAnswerToAProgramThatEndsAfterItWroteTooMuch() {
    for (int i = 0; i < 20; i++) {
      ExecResult result =
          box.exec(Command.of("sh", "-c", "echo 1234567890; exit 3").maxOutputBytes(5));
      assertThat(result.outcome()).isEqualTo(Outcome.OUTPUT_LIMIT_EXCEEDED);
      assertThat(result.exitCode()).isEqualTo(137);
      assertThat(result.signal()).isEqualTo(9);
      assertThat(result.stdout()).isEqualTo("12345");
    }
  }

  @Test
  void letsAProgramWriteExactlyWhatItMay() {
    ExecResult result =
        box.exec(
            Command.of("sh", "-c", "head -c 65536 /dev/zero; head -c 65536 /dev/zero >&2")
                .maxOutputBytes(65_536));
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.stdoutBytes()).hasSize(65_536);
    assertThat(result.stderrBytes()).hasSize(65_536);
    assertThat(result.stdoutTruncated()).isFalse();
  }

  @Test
  void limitsMemory() {
    ExecResult result = box.exec(Command.of("tail", "/dev/zero").memoryMib(20));
    assertThat(result.outcome()).isEqualTo(Outcome.OUT_OF_MEMORY);
    assertThat(result.exitCode()).isEqualTo(137);
    assertThat(result.peakMemoryBytes()).isBetween(10L << 20, 21L << 20);
  }

  @Test
  void tellsAnOrdinaryKillFromOneForMemory() {
    assertThat(box.exec(Command.of("sh", "-c", "kill -9 $$").memoryMib(20)).outcome())
        .isEqualTo(Outcome.SIGNALED);
  }

  @Test
  void limitsProcesses() {
    ExecResult result =
        box.exec(
            Command.of("sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; echo all")
                .maxProcesses(4));
    assertThat(result.exitCode()).isNotZero();
    assertThat(result.stderr()).containsIgnoringCase("fork");
  }

  @Test
  void limitsOpenFiles() {
    ExecResult result =
        box.exec(
            Command.of("sh", "-c", "ulimit -n; exec 9</dev/null").maxOpenFiles(8).memoryMib(64));
    assertThat(result.stdout()).isEqualTo("8\n");
    assertThat(result.exitCode()).isNotZero();
  }

  @Test
  void limitsTheSizeOfFiles() {
    ExecResult result =
        box.exec(
            Command.of("dd", "if=/dev/zero", "of=/tmp/big", "bs=1M", "count=5").maxFileSizeMib(2));
    assertThat(result.signal()).isEqualTo(25); // SIGXFSZ, signal(7) on x86
    assertThat(box.exec("stat", "-c", "%s", "/tmp/big").stdout()).isEqualTo((2 << 20) + "\n");
  }

  @Test
  void refusesToKeepMoreThanMemoryHolds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.exec(Command.of("true").maxOutputBytes(Long.MAX_VALUE)))
        .withMessageContaining("maxOutputBytes is 9223372036854775807")
        .withMessageContaining("start(Command)");
  }
}

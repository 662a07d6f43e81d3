package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * One box through what it is for, in the order of a life: started, used, attacked, stopped. Short,
 * and with timeout for hosts on which everything takes many times as long.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(300)
class SmokeIT extends OneBox {
  private static final Duration PLENTY = Duration.ofMinutes(4);

  SmokeIT() {
    super(BoxOptions.builder().startTimeout(PLENTY).build());
  }

  @Test
  @Order(1)
  void bootsOnTheAcceleratorThatWasAskedFor() {
    BoxInfo info = box.info();
    assertThat(info.state()).isEqualTo(BoxState.RUNNING);
    String asked = System.getProperty("boxlite.accelerator", "auto");
    if (!asked.equalsIgnoreCase("auto")) {
      assertThat(info.accelerator().name()).isEqualToIgnoringCase(asked);
    }
    assertThat(info.acceleratorReason()).isNotEmpty();
    assertThat(info.imageDigest()).startsWith("sha256:");
    assertThat(info.startTime()).isPositive();
  }

  @Test
  @Order(2)
  void runsACommand() {
    ExecResult result = box.exec(Command.of("echo", "hi").timeout(PLENTY));
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.exitCode()).isZero();
    assertThat(result.signal()).isZero();
    assertThat(result.stdout()).isEqualTo("hi\n");
    assertThat(result.stderr()).isEmpty();
    assertThat(result.loss()).isEmpty();
    assertThat(result.wallTime()).isPositive();
    assertThat(result.peakMemoryBytes()).isPositive();
  }

  @Test
  @Order(3)
  void endsAProgramThatIsOutOfTime() {
    ExecResult result = box.exec(Command.of("sleep", "1000").timeout(Duration.ofSeconds(1)));
    assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(result.exitCode()).isEqualTo(137);
    assertThat(result.wallTime()).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
  }

  @Test
  @Order(4)
  void endsAProgramThatIsOutOfMemory() {
    ExecResult result = box.exec(Command.of("tail", "/dev/zero").memoryMib(16).timeout(PLENTY));
    assertThat(result.outcome()).isEqualTo(Outcome.OUT_OF_MEMORY);
    assertThat(result.exitCode()).isEqualTo(137);
    assertThat(result.peakMemoryBytes()).isBetween(8L << 20, 17L << 20);
  }

  @Test
  @Order(5)
  void survivesAForkBomb() {
    Command bomb =
        Command.of("sh", "-c", "b() { b | b & b; }; b")
            .maxProcesses(64)
            .timeout(Duration.ofSeconds(3));
    assertThat(box.exec(bomb).outcome()).isIn(Outcome.TIMED_OUT, Outcome.EXITED);
    ExecResult after = box.exec(Command.of("sh", "-c", "ls -d /proc/[0-9]*").timeout(PLENTY));
    assertThat(after.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(after.stdout().lines().count()).isLessThan(20);
  }

  @Test
  @Order(6)
  void stops() {
    box.stop();
    assertThat(box.info().state()).isEqualTo(BoxState.STOPPED);
    assertThat(ProcessHandle.of(box.info().hypervisorPid())).isEmpty();
  }
}

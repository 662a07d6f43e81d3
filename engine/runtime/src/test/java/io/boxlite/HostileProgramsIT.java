package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that mean harm, one after the other in one box, which must stay as good as new. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
class HostileProgramsIT {
  private Boxlite boxlite;
  private LiteBox box;

  @BeforeAll
  void create() {
    boxlite = Boxlite.open();
    box = boxlite.create(BoxOptions.builder().memoryMib(160).diskMib(64).build());
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  @AfterEach
  void theBoxIsAsGoodAsNew() {
    ExecResult after = box.exec("sh", "-c", "ls -d /proc/[0-9]* | wc -l");
    assertThat(after.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(Integer.parseInt(after.stdout().strip())).isLessThan(10);
    assertThat(box.info().state()).isEqualTo(BoxState.RUNNING);
  }

  @Test
  void forkBombWithALimit() {
    ExecResult result =
        box.exec(shell("b() { b | b & b; }; b").maxProcesses(50).timeout(Duration.ofSeconds(2)));
    assertThat(result.outcome()).isIn(Outcome.TIMED_OUT, Outcome.EXITED);
  }

  @Test
  void forkBombWithoutALimit() {
    ExecResult result = box.exec(shell("b() { b | b & b; }; b").timeout(Duration.ofSeconds(3)));
    assertThat(result.outcome()).isNotEqualTo(Outcome.BOX_LOST);
  }

  @Test
  void forkBombThatNeverExits() {
    ExecResult result =
        box.exec(
            shell("while :; do sleep 1000 & done")
                .maxProcesses(100)
                .timeout(Duration.ofSeconds(2)));
    assertThat(result.outcome()).isIn(Outcome.TIMED_OUT, Outcome.EXITED);
  }

  @Test
  void memoryBombWithALimit() {
    assertThat(box.exec(Command.of("tail", "/dev/zero").memoryMib(8)).outcome())
        .isEqualTo(Outcome.OUT_OF_MEMORY);
  }

  @Test
  void memoryBombWithoutALimit() {
    ExecResult result = box.exec("tail", "/dev/zero");
    assertThat(result.outcome()).isEqualTo(Outcome.OUT_OF_MEMORY);
    assertThat(result.peakMemoryBytes()).isGreaterThan(64L << 20);
  }

  @Test
  void memoryBombInManyProcesses() {
    ExecResult result =
        box.exec(shell("for i in 1 2 3 4; do tail /dev/zero & done; wait").memoryMib(32));
    assertThat(result.outcome()).isEqualTo(Outcome.OUT_OF_MEMORY);
  }

  @Test
  void outputFlood() {
    ExecResult result = box.exec("yes");
    assertThat(result.outcome()).isEqualTo(Outcome.OUTPUT_LIMIT_EXCEEDED);
    assertThat(result.stdoutBytes()).hasSize(8 << 20);
    assertThat(result.stdoutTruncated()).isTrue();
  }

  @Test
  void readingInputForEver() {
    ExecResult result =
        box.exec(shell("cat /dev/zero | cat > /dev/null").timeout(Duration.ofSeconds(1)));
    assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
  }

  @Test
  void ignoringEverySignal() {
    ExecResult result =
        box.exec(
            shell("trap '' 1 2 3 15; while :; do sleep 1; done").timeout(Duration.ofSeconds(1)));
    assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(result.signal()).isEqualTo(9);
  }

  @Test
  void childrenLeftBehindInSessionsOfTheirOwn() {
    ExecResult result =
        box.exec(shell("for i in 1 2 3; do setsid sleep 1000 > /dev/null 2>&1 & done; exit 3"));
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(box.exec("pidof", "sleep").exitCode()).isEqualTo(1);
  }

  @Test
  void childrenLeftBehindThatHoldTheOutputOpen() {
    ExecResult result = box.exec(shell("sleep 1000 & echo parent"));
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.stdout()).isEqualTo("parent\n");
  }

  @Test
  void killingEverythingInSight() {
    ExecResult result = box.exec(shell("kill -9 -1; kill -9 1; echo still here"));
    assertThat(result.outcome()).isIn(Outcome.EXITED, Outcome.SIGNALED);
  }

  @Test
  void stoppingItself() {
    ExecResult result = box.exec(shell("kill -STOP $$").timeout(Duration.ofSeconds(1)));
    assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
  }

  @Test
  void filesUntilTheDiskIsFull() {
    ExecResult result = box.exec("dd", "if=/dev/zero", "of=/tmp/full", "bs=1M", "count=100");
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.stderr()).contains("No space left on device");
    assertThat(box.exec("rm", "/tmp/full").exitCode()).isZero();
  }

  @Test
  void manySmallFiles() {
    ExecResult result =
        box.exec(
            shell("mkdir /tmp/d; i=0; while echo > /tmp/d/$i; do i=$((i+1)); done")
                .timeout(Duration.ofSeconds(3)));
    assertThat(result.outcome()).isIn(Outcome.TIMED_OUT, Outcome.EXITED);
    assertThat(box.exec("rm", "-r", "/tmp/d").exitCode()).isZero();
  }

  @Test
  void changingTheGuestAsRoot() {
    ExecResult result =
        box.exec(
            shell(
                "reboot -f; poweroff -f; halt -f; echo b > /proc/sysrq-trigger;"
                    + " mount -o remount,ro /; umount -l /proc; rmmod virtio; echo done"));
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
  }

  /** With real-time priority on all processors, it would leave the agent next to no time. */
  @Test
  void askingForAllOfTheProcessorsTime(@TempDir Path directory) {
    box.copyIn(CProgram.compile("realtime", directory), "/tmp/realtime");
    ExecResult result = box.exec(Command.of("/tmp/realtime").timeout(Duration.ofSeconds(3)));
    assertThat(result.stdout()).isEmpty();
    assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
  }

  private static Command shell(String script) {
    return Command.of("sh", "-c", script);
  }
}

package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static io.boxlite.junit.BoxAssertions.assertThatIllegalArgumentException;
import static io.boxlite.junit.BoxAssertions.assertThatThrownBy;

import io.boxlite.Command;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import io.boxlite.Outcome;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LiteBoxAssertIT {
  @Test
  void judgesABoxAndWhatRunsInIt(@Box LiteBox box) {
    assertThat(box)
        .isRunning()
        .startedWithin(Duration.ofMinutes(1))
        .executing("echo", "hi")
        .succeeded()
        .hasStdout("hi\n");
    assertThatThrownBy(() -> assertThat(box).as("mine").executing("false").succeeded())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("[mine]")
        .hasMessageContaining("but it exited with 1")
        .hasMessageContaining("command:     false");
    assertThatThrownBy(() -> assertThat(box).as("mine").isStopped())
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("[mine] ")
        .hasMessageContaining("Expecting box " + box.id() + " to be stopped\nbut it is running:")
        .hasMessageContaining("512 MiB");
    assertThatThrownBy(() -> assertThat(box).startedWithin(Duration.ofNanos(1)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("to start within 0.0 ms\nbut it took ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(box).startedWithin(Duration.ofNanos(-1)));

    Command hog = Command.of("tail", "/dev/zero").memoryMib(32);
    assertThat(box).executing(hog).ranOutOfMemory();
    assertThatThrownBy(() -> assertThat(box).executing(hog).succeeded())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("ran out of memory at ")
        .hasMessageContaining(" (limit 32 MiB)");

    box.stop();
    assertThat(box).isStopped();
    assertThatThrownBy(() -> assertThat(box).isRunning())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("to be running\nbut it is stopped:");
  }

  @Test
  void knowsALostBox(@Box LiteBox box) throws Exception {
    ProcessHandle qemu = ProcessHandle.of(box.info().hypervisorPid()).orElseThrow();
    try (Execution sleep = box.start(Command.of("sleep", "60"))) {
      qemu.destroyForcibly();
      assertThat(sleep.await().outcome()).isEqualTo(Outcome.BOX_LOST);
    }
    assertThat(box).isLost();
    assertThatThrownBy(() -> assertThat(box).isRunning())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("but it is lost:");
  }
}

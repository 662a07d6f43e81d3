package io.boxlite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The end of a program is reported even if another execution traces it and does not let go. */
@Timeout(180)
class TracedProgramsIT extends OneBox {
  private Path program;

  @BeforeAll
  void create(@TempDir Path directory) {
    program = CProgram.compile("tracer", directory);
    box.copyIn(program, "/tracer");
  }

  @AfterEach
  void nothingIsLeft() {
    ExecResult after = box.exec("sh", "-c", "cat /proc/[0-9]*/comm");
    assertThat(after.stdout()).as("%s", after).doesNotContain("tracer");
  }

  @Test
  void aProgramThatAnotherExecutionTraces() throws IOException {
    try (Execution victim = box.start(Command.of("/tracer", "victim"));
        Execution tracer = box.start(Command.of("/tracer", "attach", line(victim)))) {
      assertThat(line(tracer)).isEqualTo("attached");
      victim.stdin().close();
      ExecResult result = victim.await();
      assertThat(result.outcome()).as("%s", result).isEqualTo(Outcome.EXITED);
      assertThat(result.exitCode()).isEqualTo(7);
      assertThat(tracer.isRunning()).isTrue();
    }
  }

  @Test
  void aProgramThatAnotherExecutionStopsInItsEnd() throws IOException {
    Command command = Command.of("/tracer", "victim").timeout(Duration.ofSeconds(5));
    try (Execution victim = box.start(command);
        Execution tracer = box.start(Command.of("/tracer", "attach-at-exit", line(victim)))) {
      assertThat(line(tracer)).isEqualTo("attached");
      ExecResult result = victim.await();
      assertThat(result.outcome()).as("%s", result).isEqualTo(Outcome.TIMED_OUT);
      assertThat(tracer.await().outcome()).isEqualTo(Outcome.SIGNALED);
    }
  }

  /** The kernel never ends those. In a box of their own: they can be seen as long as it lives. */
  @Test
  void programsThatStopEachOtherInTheirEnds() {
    try (LiteBox other = boxlite.create(BoxOptions.builder().build())) {
      other.copyIn(program, "/tracer");
      Command command = Command.of("/tracer", "each-other").timeout(Duration.ofSeconds(1));
      for (int i = 0; i < 2; i++) {
        ExecResult result = other.exec(command);
        assertThat(result.outcome()).as("%s", result).isEqualTo(Outcome.EXITED);
        assertThat(result.stdout()).isEqualTo("both\n");
      }
    }
  }

  private static String line(Execution execution) throws IOException {
    return new BufferedReader(new InputStreamReader(execution.stdout(), UTF_8)).readLine();
  }
}

package io.boxlite.hostile;

import static io.boxlite.hostile.HostileProgram.c;
import static io.boxlite.hostile.HostileProgram.sh;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.BoxFile;
import io.boxlite.BoxOptions;
import io.boxlite.BoxState;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.CProgram;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import io.boxlite.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A box that runs hostile programs, and how to tell that they have done no harm. */
final class TestedBox implements AutoCloseable {
  private static final List<String> PROGRAMS =
      List.of(
          "inventory",
          "escaping",
          "filling",
          "forking",
          "hoarding",
          "leftover",
          "realtime",
          "signals",
          "spying",
          "streams",
          "timing",
          "tracer");

  private final Boxlite boxlite;
  private final LiteBox box;
  private Inventory inventory;
  private Host host;

  /** Creates a box with the programs in C, which are compiled in the given directory. */
  TestedBox(Path directory) {
    PROGRAMS.forEach(program -> CProgram.compile(program, directory));
    // Without a pool, whose boxes would come and go.
    boxlite = Boxlite.open(BoxliteOptions.builder().poolSize(0).build());
    BoxFile programs = BoxFile.of(directory, "/hostile");
    box = boxlite.create(BoxOptions.builder().memoryMib(160).diskMib(64).files(programs).build());
    takeStock();
  }

  /** Runs a program and fails unless it came to what it should, and has changed nothing. */
  void run(HostileProgram program) {
    try {
      program.judge(program.runsBesideOthers() ? runBesideOthers(program) : runAlone(program));
      assertAsGoodAsNew(program.files());
    } catch (Throwable e) {
      // What one program has done must not be blamed on the next.
      startOver();
      throw e;
    }
  }

  private ExecResult runAlone(HostileProgram program) {
    return box.exec(program.command());
  }

  private ExecResult runBesideOthers(HostileProgram program) {
    try (Execution execution = box.start(program.command())) {
      assertThat(firstLine(execution)).isEqualTo("begun");
      for (int i = 0; i < 3; i++) {
        assertCommandsWork();
      }
      return execution.await();
    }
  }

  private static String firstLine(Execution execution) {
    StringBuilder line = new StringBuilder();
    try {
      for (int read; (read = execution.stdout().read()) != '\n'; ) {
        assertThat(read).as("the program ended after \"%s\"", line).isNotNegative();
        line.append((char) read);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return line.toString();
  }

  private void assertAsGoodAsNew(List<String> files) {
    assertThat(box.info().state()).isEqualTo(BoxState.RUNNING);
    assertCommandsWork();
    for (String file : files) {
      assertThat(box.exec("ls", "-d", file).exitCode()).as("%s stays", file).isZero();
      assertThat(box.exec(c("inventory", "remove", file)).exitCode()).as("%s", file).isZero();
    }
    assertLimitsWork();
    assertFilesWork();
    inventory.assertStillIn(box);
    host.assertUnchanged();
  }

  private void assertCommandsWork() {
    ExecResult result = box.exec(sh("cat; echo error >&2; exit 3").stdin("input").user("nobody"));
    assertThat(result.exitCode()).as("%s", result).isEqualTo(3);
    assertThat(result.stdout()).isEqualTo("input");
    assertThat(result.stderr()).isEqualTo("error\n");
  }

  private void assertLimitsWork() {
    ExecResult eating = box.exec(c("inventory", "eat", "24").memoryMib(Inventory.MEMORY_MIB));
    assertThat(eating.outcome()).isEqualTo(Outcome.OUT_OF_MEMORY);
    ExecResult spinning = box.exec(c("inventory", "spin").cpuTime(Duration.ofMillis(20)));
    assertThat(spinning.outcome()).isEqualTo(Outcome.CPU_TIME_EXCEEDED);
    ExecResult terminal = box.exec(Command.of("stty", "size").tty(33, 77));
    assertThat(terminal.stdout()).as("%s", terminal).isEqualTo("33 77\r\n");
  }

  /** As for the next program: its input and the answers to it. */
  private void assertFilesWork() {
    byte[] answers = "the answers".getBytes(UTF_8);
    box.writeFile("/tmp/next", answers);
    assertThat(box.readFile("/tmp/next")).isEqualTo(answers);
  }

  private void startOver() {
    box.reset();
    takeStock();
  }

  private void takeStock() {
    assertFilesWork();
    inventory = Inventory.of(box);
    host = Host.of(boxlite, box);
  }

  @Override
  public void close() {
    boxlite.close();
  }
}

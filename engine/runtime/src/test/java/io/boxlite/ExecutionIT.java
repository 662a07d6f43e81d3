package io.boxlite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A running command: its streams, its terminal, its signals, its end. */
@Timeout(180)
class ExecutionIT extends OneBox {
  @Test
  void talksWithItsCaller() throws IOException {
    try (Execution shell = box.start(Command.of("sh"))) {
      BufferedReader answers = new BufferedReader(new InputStreamReader(shell.stdout(), UTF_8));
      OutputStream stdin = shell.stdin();
      for (int i = 0; i < 20; i++) {
        stdin.write(("echo $((" + i + " * 2))\n").getBytes(UTF_8));
        assertThat(answers.readLine()).isEqualTo("" + 2 * i);
      }
      stdin.write("exit 4\n".getBytes(UTF_8));
      assertThat(shell.await().exitCode()).isEqualTo(4);
      assertThat(answers.readLine()).isNull();
      assertThat(shell.id()).startsWith(box.id() + ".");
    }
  }

  @Test
  void closingTheInputIsTheEndOfFile() throws IOException {
    try (Execution cat = box.start(Command.of("cat"))) {
      cat.stdin().write("abc".getBytes(UTF_8));
      cat.stdin().close();
      ExecResult result = cat.await();
      assertThat(result.exitCode()).isZero();
      assertThat(result.stdout()).isEqualTo("abc");
      assertThatThrownBy(() -> cat.stdin().write(1)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void givesTheOutputThatNobodyAskedForToTheResult() throws IOException {
    try (Execution both = box.start(Command.of("sh", "-c", "echo out; echo err >&2"))) {
      assertThat(both.stderr().readAllBytes()).asString(UTF_8).isEqualTo("err\n");
      ExecResult result = both.await();
      assertThat(result.stdout()).isEqualTo("out\n");
      assertThat(result.stderrBytes()).isEmpty();
      assertThat(both.stdout().readAllBytes()).asString(UTF_8).isEqualTo("out\n");
    }
  }

  @Test
  void isToldToTheObserversOfItsBox() {
    List<Execution> seen = new CopyOnWriteArrayList<>();
    box.onExecution(
        execution -> {
          if (execution.command().argv().contains("observed")) {
            seen.add(execution);
          }
        });
    box.exec("echo", "observed");
    try (Execution cat = box.start(Command.of("sh", "-c", "cat", "observed"))) {
      assertThat(seen).hasSize(2);
      assertThat(seen.get(0).isRunning()).isFalse();
      assertThat(seen.get(0).result().orElseThrow().stdout()).isEqualTo("observed\n");
      assertThat(seen.get(1)).isSameAs(cat);
      assertThat(cat.isRunning()).isTrue();
      assertThat(cat.result()).isEmpty();
    }
    assertThat(seen.get(1).isRunning()).isFalse();
    assertThat(seen.get(1).result()).map(ExecResult::outcome).contains(Outcome.SIGNALED);
  }

  @Test
  void anObserverThatFailsEndsTheCommand() {
    Command marked = Command.of("sleep", "1000").env("MARK", "x");
    List<Execution> seen = new CopyOnWriteArrayList<>();
    box.onExecution(
        execution -> {
          if (execution.command() == marked) {
            seen.add(execution);
            throw new IllegalStateException("no more");
          }
        });
    assertThatIllegalStateException().isThrownBy(() -> box.exec(marked)).withMessage("no more");
    assertThat(seen).singleElement().matches(execution -> !execution.isRunning());
  }

  @Test
  void itsResultKnowsTheLimitsItHad() {
    Command limited = Command.of("true").memoryMib(64).maxProcesses(4);
    assertThat(box.exec(limited).command()).containsSame(limited);
  }

  @Test
  void takesLongOutputWhileItIsWritten() throws IOException {
    long much = 16L << 20;
    try (Execution dd =
        box.start(Command.of("dd", "if=/dev/zero", "bs=1M", "count=16").maxOutputBytes(much))) {
      long read = 0;
      byte[] buffer = new byte[1 << 16];
      for (int n = dd.stdout().read(buffer); n >= 0; n = dd.stdout().read(buffer)) {
        read += n;
      }
      assertThat(read).isEqualTo(much);
      assertThat(dd.await().outcome()).isEqualTo(Outcome.EXITED);
    }
  }

  @Test
  void holdsUpAProgramWhoseOutputIsNotRead() throws IOException {
    Command flood =
        Command.of("sh", "-c", "dd if=/dev/zero bs=1M count=8 2>/dev/null; echo > /tmp/written")
            .maxOutputBytes(Long.MAX_VALUE);
    box.exec("rm", "-f", "/tmp/written");
    try (Execution yes = box.start(flood)) {
      assertThat(yes.stdout().read()).isZero();
      await().pollDelay(Duration.ofMillis(500)).until(() -> true);
      assertThat(box.exec("test", "-e", "/tmp/written").exitCode()).isEqualTo(1);
      assertThat(yes.stdout().available()).isLessThan(4 << 20);
      assertThat(yes.stdout().readAllBytes().length).isEqualTo((8 << 20) - 1);
      assertThat(yes.stderr().readAllBytes()).isEmpty();
      assertThat(yes.await().outcome()).isEqualTo(Outcome.EXITED);
    }
    assertThat(box.exec("test", "-e", "/tmp/written").exitCode()).isZero();
  }

  @Test
  void endsByItsTimeLimitAlsoWhenItsOutputIsNotRead() throws IOException {
    Command flood = Command.of("yes").maxOutputBytes(1L << 40).timeout(Duration.ofSeconds(2));
    try (Execution yes = box.start(flood)) {
      assertThat(yes.stdout().read()).isEqualTo('y');
      assertThat(yes.stderr().available()).isZero();
      ExecResult result = yes.await();
      assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
      assertThat(yes.stdout().readAllBytes().length).isGreaterThan(100_000);
    }
  }

  @Test
  void isHeldUpByAProgramThatDoesNotReadAndFreedByItsEnd() throws IOException {
    try (Execution sleep = box.start(Command.of("sleep", "1"))) {
      assertThatThrownBy(() -> sleep.stdin().write(new byte[64 << 20]))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("has ended");
      assertThat(sleep.await().exitCode()).isZero();
    }
  }

  @Test
  void takesSignals() throws IOException {
    try (Execution trap =
        box.start(
            Command.of(
                "sh",
                "-c",
                "trap 'echo usr1' USR1; trap 'exit 7' TERM; echo up; while :; do sleep 0.05;"
                    + " done"))) {
      BufferedReader lines = new BufferedReader(new InputStreamReader(trap.stdout(), UTF_8));
      assertThat(lines.readLine()).isEqualTo("up");
      trap.signal(10);
      assertThat(lines.readLine()).isEqualTo("usr1");
      trap.signal(15);
      assertThat(trap.await().exitCode()).isEqualTo(7);
      trap.signal(15);
    }
  }

  @Test
  void takesSignalsPastInputThatIsNotRead() {
    try (Execution sleep = box.start(Command.of("sleep", "1000").stdin(new byte[64 << 20]))) {
      sleep.signal(15);
      assertThat(sleep.await().signal()).isEqualTo(15);
      assertThatIllegalStateException().isThrownBy(sleep::stdin).withMessageContaining(sleep.id());
    }
  }

  @Test
  void isKilledAsAWholeTree() {
    try (Execution tree =
        box.start(Command.of("sh", "-c", "setsid sleep 1000 & sleep 1000 & wait"))) {
      tree.kill();
      ExecResult result = tree.await();
      assertThat(result.outcome()).isEqualTo(Outcome.SIGNALED);
      assertThat(result.exitCode()).isEqualTo(137);
    }
    assertThat(box.exec("pidof", "sleep").exitCode()).isEqualTo(1);
  }

  @Test
  void isDeadOnceItIsClosed() throws Exception {
    Execution yes = box.start(Command.of("sh", "-c", "trap '' TERM; yes"));
    CompletableFuture<ExecResult> exit = yes.onExit();
    yes.close();
    assertThat(box.exec("pidof", "yes").exitCode()).isEqualTo(1);
    assertThat(exit.get(30, TimeUnit.SECONDS).signal()).isEqualTo(9);
    yes.close();
    assertThat(yes.await().outcome()).isEqualTo(Outcome.SIGNALED);
  }

  @Test
  void tellsOfItsEnd() throws Exception {
    try (Execution execution = box.start(Command.of("sh", "-c", "echo x; exit 5"))) {
      ExecResult result = execution.onExit().get(30, TimeUnit.SECONDS);
      assertThat(result.exitCode()).isEqualTo(5);
      assertThat(result.stdout()).isEqualTo("x\n");
      assertThat(execution.await()).isSameAs(result);
    }
  }

  @Test
  void theInputOfATerminalHasAnEnd() {
    ExecResult line = box.exec(Command.of("cat").tty(24, 80).stdin("abc"));
    assertThat(line.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(line.stdout()).contains("abc");
    Command two = Command.of("sh", "-c", "cat > /dev/null; echo first; cat; echo second");
    assertThat(box.exec(two.tty(24, 80).stdin("one\nabc")).stdout()).contains("first", "second");
    assertThat(box.exec(Command.of("cat").tty(24, 80).stdin("")).outcome())
        .isEqualTo(Outcome.EXITED);
  }

  @Test
  void theInputOfATerminalEndsInTheModeThatItsProgramHasSet() {
    Command unbuffered = Command.of("sh", "-c", "stty -icanon -echo; head -c 5 | od -c");
    assertThat(box.exec(unbuffered.tty(24, 80).stdin("abcd")).stdout()).contains("d 004");
    Command shell = Command.of("sh", "-i").tty(24, 80).stdin("echo $((6 * 7))\nexit 3\n");
    assertThat(box.exec(shell).exitCode()).isEqualTo(3);
    Command shellThatIsNotTold = Command.of("sh", "-i").tty(24, 80).stdin("echo $((6 * 7))\n");
    ExecResult result = box.exec(shellThatIsNotTold);
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.stdout()).contains("42");
  }

  @Test
  void aTerminalCutsALineThatIsTooLong() {
    Command counting = Command.of("sh", "-c", "stty -echo; wc -c");
    String input = "x".repeat(10_000);
    assertThat(box.exec(counting.tty(24, 80).stdin(input)).stdout()).contains("4095");
    assertThat(box.exec(counting.tty(24, 80).stdin("y".repeat(4094) + "\n")).stdout())
        .contains("4095");
  }

  @Test
  void hasATerminalWhoseSizeChanges() throws IOException {
    Command command =
        Command.of("sh", "-c", "trap 'stty size' WINCH; echo up; while :; do sleep 0.05; done")
            .tty(40, 120);
    try (Execution shell = box.start(command)) {
      BufferedReader lines = new BufferedReader(new InputStreamReader(shell.stdout(), UTF_8));
      assertThat(lines.readLine()).isEqualTo("up");
      shell.resizeTty(50, 100);
      assertThat(lines.readLine()).isEqualTo("50 100");
      shell.stdin().write(3); // Ctrl-C
      assertThat(shell.await().signal()).isEqualTo(2);
    }
  }

  @Test
  void refusesWhatItCannotDo() {
    try (Execution plain = box.start(Command.of("sleep", "1000"))) {
      assertThatIllegalStateException()
          .isThrownBy(() -> plain.resizeTty(1, 1))
          .withMessageContaining("has no terminal")
          .withMessageContaining(plain.id());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> plain.signal(0))
          .withMessageContaining("signal is 0");
      assertThatIllegalArgumentException().isThrownBy(() -> plain.signal(65));
      assertThatIllegalArgumentException().isThrownBy(() -> plain.resizeTty(0, 1));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.start(Command.of("true").user("nosuchuser")))
        .withMessageContaining("nosuchuser");
  }

  @Test
  void doesNotHoldUpOthersWhileItsOutputIsNotRead() throws IOException {
    try (Execution first = box.start(Command.of("yes").maxOutputBytes(1L << 40));
        Execution second = box.start(Command.of("yes").maxOutputBytes(1L << 40))) {
      assertThat(first.stdout().read()).isEqualTo('y');
      assertThat(second.stdout().read()).isEqualTo('y');
      await().pollDelay(Duration.ofMillis(300)).until(() -> true);
      assertThat(box.exec("dd", "if=/dev/zero", "bs=1M", "count=5").stdoutBytes()).hasSize(5 << 20);
    }
  }
}

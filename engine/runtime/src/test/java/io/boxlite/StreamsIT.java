package io.boxlite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Where a command's input comes from and what becomes of its output, in one box. */
@Timeout(120)
class StreamsIT extends OneBox {
  @Test
  void mergedOutputIsInTheOrderOfItsWrites() {
    String both = "i=0; while [ $i -lt 200 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done";
    ExecResult result = box.exec(Command.of("sh", "-c", both).mergeStderr());
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.stdout())
        .isEqualTo(
            IntStream.range(0, 200)
                .mapToObj(i -> "out " + i + "\nerr " + i + "\n")
                .collect(Collectors.joining()));
    assertThat(result.stderr()).isEmpty();
  }

  @Test
  void mergedOutputHoldsWhyAProgramCannotBeExecuted() {
    ExecResult result = box.exec(Command.of("no-such-program").mergeStderr());
    assertThat(result.exitCode()).isEqualTo(127);
    assertThat(result.stdout()).contains("no-such-program").contains("not found");
  }

  @Test
  void mergedOutputHasOneLimit() {
    Command both = Command.of("sh", "-c", "echo 12345; echo 67890 >&2").mergeStderr();
    ExecResult fits = box.exec(both.maxOutputBytes(12));
    assertThat(fits.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(fits.stdoutTruncated()).isFalse();
    ExecResult over = box.exec(both.maxOutputBytes(11));
    assertThat(over.outcome()).isEqualTo(Outcome.OUTPUT_LIMIT_EXCEEDED);
    assertThat(over.stdout()).isEqualTo("12345\n67890");
    assertThat(over.stdoutTruncated()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = OutputKeep.class,
      names = {"HEAD", "TAIL"})
  void aCommandRunsOnWhenOnlyAPartOfItsOutputIsKept(OutputKeep keep) {
    String numbers = "seq 1 100000; seq 1 100000 >&2; echo end; exit 3";
    ExecResult result =
        box.exec(Command.of("sh", "-c", numbers).maxOutputBytes(10).keepOutput(keep));
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.exitCode()).isEqualTo(3);
    boolean head = keep == OutputKeep.HEAD;
    assertThat(result.stdout()).isEqualTo(head ? "1\n2\n3\n4\n5\n" : "00000\nend\n");
    assertThat(result.stderr()).isEqualTo(head ? "1\n2\n3\n4\n5\n" : "99\n100000\n");
    assertThat(result.stdoutTruncated()).isTrue();
    assertThat(result.stderrTruncated()).isTrue();
    ExecResult all = box.exec(Command.of("echo", "123456789").maxOutputBytes(10).keepOutput(keep));
    assertThat(all.stdout()).isEqualTo("123456789\n");
    assertThat(all.stdoutTruncated()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = OutputKeep.class,
      names = {"HEAD", "TAIL"})
  void aFloodIsEndedByItsTimeLimitAndTheBoxGoesOn(OutputKeep keep) {
    Command flood = Command.of("yes").maxOutputBytes(1000).keepOutput(keep);
    ExecResult result = box.exec(flood.timeout(Duration.ofSeconds(1)));
    assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(result.stdout()).isEqualTo("y\n".repeat(500));
    assertThat(result.stdoutTruncated()).isTrue();
    assertThat(box.exec("echo", "on").stdout()).isEqualTo("on\n");
  }

  @Test
  void whoReadsGetsAllEvenWhereTheEndWouldBeKept() throws Exception {
    Command command = Command.of("seq", "1", "10000").maxOutputBytes(10);
    try (Execution execution = box.start(command.keepOutput(OutputKeep.TAIL))) {
      assertThat(execution.stdout().readAllBytes()).hasSize(48_894);
      assertThat(execution.await().stdoutTruncated()).isFalse();
    }
  }

  @Test
  void aResultThatNobodyWaitedForHasTheEndAlone() {
    Command command = Command.of("seq", "1", "1000").maxOutputBytes(10);
    try (Execution execution = box.start(command.keepOutput(OutputKeep.TAIL))) {
      await().until(() -> !execution.isRunning());
      assertThat(execution.result().orElseThrow().stdout()).isEqualTo("\n999\n1000\n");
    }
  }

  @Test
  void standardInputIsAFileOfTheBoxFromItsBeginning() {
    box.writeFile("/data/in.txt", "3 4\n".getBytes(UTF_8));
    Command cat = Command.of("cat").stdinFile("/data/in.txt").maxOpenFiles(8);
    assertThat(box.exec(cat).stdout()).isEqualTo("3 4\n");
    assertThat(box.exec(cat.stdinFile("in.txt").workingDir("/data")).stdout()).isEqualTo("3 4\n");
    String tty = "cat; test -t 1 && echo terminal; test -t 0 || echo file";
    ExecResult onTerminal =
        box.exec(Command.of("sh", "-c", tty).stdinFile("/data/in.txt").tty(24, 80));
    assertThat(onTerminal.stdout()).isEqualTo("3 4\r\nterminal\r\nfile\r\n");
    try (Execution running = box.start(cat)) {
      assertThatIllegalStateException().isThrownBy(running::stdin);
      assertThat(running.await().stdout()).isEqualTo("3 4\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/no/such, does not exist in the box",
    "/data/pipe, is not a regular file",
    "/data, is not a regular file",
    "/dev/zero, is not a regular file",
    "/proc/self/status, is not a regular file",
    "/data/link, is not a regular file",
    "/data/magic, cannot be opened: Too many levels",
    "/data/hidden, may not be read by user \"nobody\"",
  })
  void anythingButAFileThatTheUserMayReadIsRefusedAtOnce(String path, String why) {
    box.exec(
        "sh",
        "-c",
        "mkdir -p /data; cd /data; mkfifo pipe; ln -s /proc/1/mem link;"
            + " ln -s /proc/self/exe magic; echo secret > hidden; chmod 600 hidden");
    Command cat = Command.of("cat").stdinFile(path).user(path.contains("hidden") ? "nobody" : "0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.exec(cat))
        .withMessageContaining("stdinFile \"" + path + "\" " + why);
  }

  @Test
  void oneCommandRunsOnManyInputs() {
    Command add = Command.of("sh", "-c", "read a b; echo $((a + b)); test $a -lt 5");
    List<String> inputs = List.of("1 2\n", "3 4\n", "5 6\n", "7 8\n");
    List<ExecResult> all = box.execAll(add, inputs.stream().map(s -> s.getBytes(UTF_8)).toList());
    assertThat(all).extracting(ExecResult::stdout).containsExactly("3\n", "7\n", "11\n", "15\n");
    assertThat(all).extracting(ExecResult::exitCode).containsExactly(0, 0, 1, 1);
    List<ExecResult> untilFailure =
        box.execAll(inputs.stream().map(add::stdin).toList(), result -> result.exitCode() == 0);
    assertThat(untilFailure).extracting(ExecResult::exitCode).containsExactly(0, 0, 1);
  }
}

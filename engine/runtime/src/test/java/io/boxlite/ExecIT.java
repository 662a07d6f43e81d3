package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link LiteBox#exec} promises, command by command, in one box. */
@Timeout(180)
class ExecIT extends OneBox {
  ExecIT() {
    super(BoxOptions.builder().env("FROM_BOX", "box").env("BOTH", "box").hostname("judge").build());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 126, 127, 128, 255})
  void tellsTheExitCode(int code) {
    ExecResult result = box.exec("sh", "-c", "exit " + code);
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.exitCode()).isEqualTo(code);
    assertThat(result.signal()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6, 9, 11, 15, 64})
  void tellsTheSignalThatAProgramDiedOf(int signal) {
    ExecResult result = box.exec("sh", "-c", "kill -" + signal + " $$");
    assertThat(result.outcome()).isEqualTo(Outcome.SIGNALED);
    assertThat(result.signal()).isEqualTo(signal);
    assertThat(result.exitCode()).isEqualTo(128 + signal);
  }

  @Test
  void keepsBothStreamsApart() {
    ExecResult result = box.exec("sh", "-c", "echo out; echo err >&2");
    assertThat(result.stdout()).isEqualTo("out\n");
    assertThat(result.stderr()).isEqualTo("err\n");
  }

  @Test
  void keepsEveryByteAsItIs() {
    byte[] all = new byte[256 * 300];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    ExecResult result = box.exec(Command.of("cat").stdin(all));
    assertThat(result.stdoutBytes()).isEqualTo(all);
    assertThat(box.exec("printf", "a\\377\\000b").stdout()).isEqualTo("a\uFFFD\0b");
  }

  @Test
  void movesMegabytesBothWays() {
    byte[] much = new byte[5 << 20];
    new Random(1).nextBytes(much);
    ExecResult result = box.exec(Command.of("cat").stdin(new ByteArrayInputStream(much)));
    assertThat(result.stdoutBytes()).isEqualTo(much);
  }

  @Test
  void passesArgumentsAsTheyAre() {
    ExecResult result = box.exec("printf", "%s|", "", "a b", "ü\n", "$HOME", "*", "'\"");
    assertThat(result.stdout()).isEqualTo("|a b|ü\n|$HOME|*|'\"|");
  }

  @Test
  void hasNoInputUnlessGiven() {
    assertThat(box.exec("wc", "-c").stdout()).isEqualTo("0\n");
    assertThat(box.exec(Command.of("wc", "-c").stdin("")).stdout()).isEqualTo("0\n");
    assertThat(box.exec(Command.of("cat").stdin("3 4\n")).stdout()).isEqualTo("3 4\n");
  }

  @Test
  void isNotHeldUpByAProgramThatNeverReadsItsInput() {
    ExecResult result = box.exec(Command.of("echo", "done").stdin(new byte[16 << 20]));
    assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(result.stdout()).isEqualTo("done\n");
  }

  @Test
  void isNotHeldUpByAnInputThatNeverEnds() throws IOException {
    try (PipedInputStream silent = new PipedInputStream();
        PipedOutputStream writer = new PipedOutputStream(silent)) {
      ExecResult result = box.exec(Command.of("echo", "done").stdin(silent));
      assertThat(result.stdout()).isEqualTo("done\n");
      writer.flush();
    }
    assertNoThreadIsLeft("-stdin");
  }

  @Test
  void givesCommandEnvironmentOverBoxEnvironment() {
    ExecResult result =
        box.exec(Command.of("env").env("BOTH", "command").env("EMPTY", "").env("Ü", "é\n"));
    assertThat(result.stdout())
        .contains("FROM_BOX=box\n", "BOTH=command\n", "EMPTY=\n", "Ü=é\n", "PATH=", "HOME=/root");
  }

  @Test
  void runsInTheDirectoryThatWasAskedFor() {
    assertThat(box.exec("pwd").stdout()).isEqualTo("/\n");
    assertThat(box.exec(Command.of("pwd").workingDir("/usr/bin")).stdout()).isEqualTo("/usr/bin\n");
  }

  @ParameterizedTest
  @CsvSource({"nobody,65534 65534", "1000,1000 0", "1000:1001,1000 1001", "0:0,0 0"})
  void runsAsTheUserThatWasAskedFor(String user, String ids) {
    ExecResult result = box.exec(Command.of("sh", "-c", "echo $(id -u) $(id -g)").user(user));
    assertThat(result.stdout().strip()).isEqualTo(ids);
  }

  @Test
  void refusesAnUnknownUser() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.exec(Command.of("id").user("nosuchuser")))
        .withMessageContaining("user")
        .withMessageContaining("nosuchuser");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/no/such/place", "/etc/passwd"})
  void refusesAWorkingDirectoryThatIsNone(String place) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.exec(Command.of("pwd").workingDir(place)))
        .withMessageContaining("workingDir \"" + place + "\"");
  }

  @Test
  void reportsAMissingProgramAsAShellDoes() {
    for (String program : List.of("no-such-program", "/no/such/program")) {
      ExecResult result = box.exec(program);
      assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
      assertThat(result.exitCode()).isEqualTo(127);
      assertThat(result.stderr())
          .contains(program)
          .containsPattern("(?i)not found|no such file or directory");
    }
  }

  @Test
  void reportsAProgramThatCannotBeExecutedAsAShellDoes() {
    for (String program : List.of("/etc/passwd", "/etc")) {
      ExecResult result = box.exec(program);
      assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
      assertThat(result.exitCode()).isEqualTo(126);
      assertThat(result.stderr()).contains(program);
    }
  }

  @Test
  void reportsAnArgumentListThatIsTooLong() {
    ExecResult result = box.exec("echo", "x".repeat(3 << 20));
    assertThat(result.exitCode()).isEqualTo(126);
    assertThat(result.stderr()).containsIgnoringCase("too long");
  }

  @Test
  void reportsAProgramWhoseNameIsTooLong() {
    ExecResult result = box.exec("x".repeat(100_000), "y");
    assertThat(result.exitCode()).isEqualTo(126);
    assertThat(result.stderr()).startsWith("xxx").containsIgnoringCase("too long");
    assertThat(result.stderr()).hasSizeLessThan(2000);
  }

  @Test
  void refusesWhatNoMessageHoldsInAShortMessage() {
    String much = "x".repeat(5 << 20);
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.exec("echo", much))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(2000));
  }

  @Test
  void doesNotTakeAProgramForAnotherMachineForAScript() {
    String aarch64 = "\\177ELF\\2\\1\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\2\\0\\267\\0\\1\\0\\0\\0";
    box.exec("sh", "-c", "printf '" + aarch64 + "\\necho ran\\n' > /tmp/foreign");
    box.exec("sh", "-c", "printf '#!/tmp/foreign\\necho ran\\n' > /tmp/for-it");
    box.exec("sh", "-c", "printf 'echo ran $1\\n' > /tmp/script");
    box.exec("chmod", "755", "/tmp/foreign", "/tmp/for-it", "/tmp/script");
    for (String program : List.of("/tmp/foreign", "/tmp/for-it")) {
      ExecResult result = box.exec(program);
      assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
      assertThat(result.exitCode()).isEqualTo(126);
      assertThat(result.stdout()).isEmpty();
      assertThat(result.stderr()).isEqualTo(program + ": exec format error\n");
    }
    assertThat(box.exec("/tmp/script", "well").stdout()).isEqualTo("ran well\n");
  }

  @Test
  void neverWaitsForAFileThatIsNone() {
    box.exec(
        "sh",
        "-c",
        "mkdir /tmp/path; mkfifo /tmp/path/echo; printf '#!/tmp/path/echo\\n' > /tmp/odd;"
            + " chmod 755 /tmp/path/echo /tmp/odd");
    assertThat(box.exec(Command.of("echo", "found").env("PATH", "/tmp/path:/bin")).stdout())
        .isEqualTo("found\n");
    for (String program : List.of("/tmp/path/echo", "/tmp/odd")) {
      ExecResult result = box.exec(program);
      assertThat(result.exitCode()).isEqualTo(126);
      assertThat(result.stderr()).isEqualTo(program + ": permission denied\n");
    }
  }

  @Test
  void knowsItsHostName() {
    assertThat(box.exec("hostname").stdout()).isEqualTo("judge\n");
  }

  @Test
  void keepsWhatWasWrittenForTheNextCommand() {
    box.exec("sh", "-c", "echo kept > /var/note");
    assertThat(box.exec("cat", "/var/note").stdout()).isEqualTo("kept\n");
  }

  @Test
  void runsManyCommandsAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try {
      List<Callable<String>> commands =
          IntStream.range(0, 48)
              .<Callable<String>>mapToObj(
                  i ->
                      () ->
                          box.exec(
                                  Command.of("sh", "-c", "cat; echo $I")
                                      .env("I", "" + i)
                                      .stdin(i + " "))
                              .stdout())
              .toList();
      List<Future<String>> results = threads.invokeAll(commands);
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get()).isEqualTo(i + " " + i + "\n");
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void isKilledWhenItsCallerIsInterrupted() throws Exception {
    Thread caller = Thread.currentThread();
    Thread interrupter =
        new Thread(
            () -> {
              while (box.exec("pidof", "sleep").exitCode() != 0) {
                Thread.onSpinWait();
              }
              caller.interrupt();
            });
    interrupter.start();
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.exec("sleep", "1000"))
        .withMessageContaining("interrupted")
        .withMessageContaining("sleep 1000")
        .withMessageContaining(box.id());
    assertThat(Thread.interrupted()).isTrue();
    interrupter.join();
    assertThat(
            box.exec("sh", "-c", "while pidof sleep; do usleep 10000; done > /dev/null").outcome())
        .isEqualTo(Outcome.EXITED);
  }

  @Test
  void runsWithATerminal() {
    ExecResult result =
        box.exec(Command.of("sh", "-c", "tty; stty size; echo $TERM; echo err >&2").tty(33, 77));
    assertThat(result.stdout()).contains("/dev/pts/", "33 77", "xterm", "err");
    assertThat(result.stderr()).isEmpty();
  }

  private static void assertNoThreadIsLeft(String suffix) {
    await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().endsWith(suffix)));
  }
}

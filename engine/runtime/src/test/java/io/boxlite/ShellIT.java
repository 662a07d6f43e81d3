package io.boxlite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Shell sessions in one box. */
@Timeout(120)
class ShellIT extends OneBox {
  @Test
  void keepsItsStateFromOneScriptToTheNext() {
    try (BoxShell shell = box.shell()) {
      shell.run(
          "cd /tmp; greeting=\"it's me\"; export EXPORTED=1; greet() { echo \"$1, $greeting\"; }");
      ExecResult result = shell.run("pwd\ngreet hello\nenv | grep EXPORTED");
      assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
      assertThat(result.exitCode()).isZero();
      assertThat(result.stdout()).isEqualTo("/tmp\nhello, it's me\nEXPORTED=1\n");
      assertThat(result.stderr()).isEmpty();
      assertThat(shell.run("cat <<END\n$greeting\nEND").stdout()).isEqualTo("it's me\n");
    }
  }

  @Test
  void givesEachScriptAResultOfItsOwn() {
    try (BoxShell shell = box.shell()) {
      ExecResult failed = shell.run("printf out; printf err >&2; false");
      assertThat(failed.exitCode()).isEqualTo(1);
      assertThat(failed.stdout()).isEqualTo("out");
      assertThat(failed.stderr()).isEqualTo("err");
      assertThat(shell.run("sh -c 'kill -9 $$'").exitCode()).isEqualTo(137);
      assertThat(shell.run("no-such-command").exitCode()).isEqualTo(127);
      ExecResult wrong = shell.run("if then (");
      assertThat(wrong.exitCode()).isNotZero();
      assertThat(wrong.stderr()).containsIgnoringCase("syntax error");
      ExecResult busy = shell.run("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
      assertThat(busy.cpuTime()).isPositive().isLessThanOrEqualTo(busy.wallTime());
      assertThat(shell.run("true").cpuTime()).isLessThan(busy.cpuTime());
      assertThat(busy.peakMemoryBytes()).isPositive();
    }
  }

  @Test
  void noProgramSeesWhatTheShellIsTold() {
    try (BoxShell shell = box.shell()) {
      assertThat(shell.run("cat; head -c 1 /dev/stdin | wc -c").stdout()).isEqualTo("0\n");
      assertThat(shell.run("ls /proc/self/fd | wc -l").stdout()).isEqualTo("4\n"); // ls's own
      assertThat(shell.run("cat /proc/$$/cmdline | tr '\\0' ' '").stdout()).isEqualTo("sh ");
    }
  }

  @Test
  void outputThatLooksLikeAnEndIsOutput() {
    try (BoxShell shell = box.shell()) {
      String fake =
          "i=0; while [ $i -lt 99 ]; do echo 0123456789abcdef0123456789abcdef0; i=$((i+1)); done";
      assertThat(shell.run(fake + "; exit_=3; (exit $exit_)").exitCode()).isEqualTo(3);
    }
  }

  @Test
  void aScriptMayLeadItsOutputElsewhereAndTraceItself() {
    try (BoxShell shell = box.shell()) {
      shell.run("exec > /tmp/log 2>&1; set -x");
      assertThat(shell.run("echo logged; (exit 5)").exitCode()).isEqualTo(5);
      assertThat(box.readFile("/tmp/log"))
          .asString(UTF_8)
          .contains("logged\n")
          .doesNotContainPattern("[0-9a-f]{32}");
    }
  }

  @Test
  void anExitEndsItAndIsSaidAfterwards() {
    try (BoxShell shell = box.shell()) {
      ExecResult result = shell.run("echo bye; exit 4");
      assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
      assertThat(result.exitCode()).isEqualTo(4);
      assertThat(result.stdout()).isEqualTo("bye\n");
      assertThat(shell.isOpen()).isFalse();
      assertThatIllegalStateException()
          .isThrownBy(() -> shell.run("true"))
          .withMessageContaining("has ended")
          .withMessageContaining("exit code 4")
          .withMessageContaining("LiteBox.shell()");
    }
  }

  @Test
  void aTimeLimitEndsAScriptAndTheShellWithIt() {
    try (BoxShell shell = box.shell()) {
      ExecResult result = shell.run("echo early; sleep 1000", Duration.ofSeconds(1));
      assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
      assertThat(result.exitCode()).isEqualTo(137);
      assertThat(result.stdout()).isEqualTo("early\n");
      assertThatIllegalStateException()
          .isThrownBy(() -> shell.run("true"))
          .withMessageContaining("TIMED_OUT");
    }
  }

  @Test
  void limitsCountForEachScriptOrTheSession() {
    Command sh = Command.of("sh").maxOutputBytes(1000);
    try (BoxShell shell = box.shell(sh.mergeStderr().keepOutput(OutputKeep.TAIL).user("nobody"))) {
      ExecResult result = shell.run("seq 1 100000; echo last >&2; id -u");
      assertThat(result.stdout()).hasSize(1000).endsWith("100000\nlast\n65534\n");
      assertThat(result.stdoutTruncated()).isTrue();
      assertThat(shell.run("echo on").stdoutTruncated()).isFalse();
    }
    try (BoxShell shell = box.shell(sh)) {
      ExecResult result = shell.run("yes");
      assertThat(result.outcome()).isEqualTo(Outcome.OUTPUT_LIMIT_EXCEEDED);
      assertThat(result.stdout()).isEqualTo("y\n".repeat(500));
    }
  }

  @Test
  void whatIsNoShellIsRefused() {
    assertThatExceptionOfType(BoxliteException.class)
        .isThrownBy(() -> box.shell(Command.of("no-such-shell")))
        .withMessageContaining(
            "no-such-shell is not a shell that reads commands from standard input")
        .withMessageContaining("exit code 127")
        .withMessageContaining("not found");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.shell(Command.of("sh").tty(24, 80)))
        .withMessageContaining("terminal");
  }
}

package io.boxlite.hostile;

import static io.boxlite.hostile.HostileProgram.c;
import static io.boxlite.hostile.HostileProgram.hostile;
import static io.boxlite.hostile.HostileProgram.sh;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Command;
import io.boxlite.Outcome;
import io.boxlite.OutputKeep;
import java.util.List;
import java.util.stream.Stream;

/** Programs that misuse their standard streams and their terminal. */
final class OutputPrograms {
  private static final int MIB = 1 << 20;

  private OutputPrograms() {}

  static List<HostileProgram> all() {
    return Stream.of(floods(), streams(), terminals()).flatMap(List::stream).toList();
  }

  private static List<HostileProgram> floods() {
    return List.of(
        hostile("a flood of output", Command.of("yes").maxOutputBytes(MIB))
            .exceedsItsOutput()
            .and(result -> assertThat(result.stdoutBytes()).hasSize(MIB))
            .and(result -> assertThat(result.stdoutTruncated()).isTrue()),
        hostile("a flood of error messages", sh("exec yes >&2").maxOutputBytes(MIB))
            .exceedsItsOutput()
            .and(result -> assertThat(result.stderrBytes()).hasSize(MIB)),
        hostile("a flood on both streams", sh("yes & yes >&2").maxOutputBytes(MIB))
            .exceedsItsOutput(),
        hostile(
                "a flood of which the beginning is kept",
                Command.of("yes").maxOutputBytes(3).keepOutput(OutputKeep.HEAD))
            .timesOut()
            .prints("y\ny"),
        hostile(
                "a flood of which the end is kept",
                Command.of("yes").maxOutputBytes(2).keepOutput(OutputKeep.TAIL))
            .timesOut()
            .and(result -> assertThat(result.stdout()).isIn("y\n", "\ny")),
        hostile(
                "a flood from a child left behind",
                sh("yes & sleep 10; exit 3").maxOutputBytes(MIB))
            .exceedsItsOutput());
  }

  private static List<HostileProgram> streams() {
    return List.of(
        hostile("zero bytes and terminal escapes", sh("printf '\\0\\033[2J\\033]0;x\\a\\377'"))
            .exits(0)
            .and(
                result ->
                    assertThat(result.stdoutBytes())
                        .isEqualTo(
                            new byte[] {0, 27, '[', '2', 'J', 27, ']', '0', ';', 'x', 7, -1})),
        hostile("never reading its input", Command.of("sleep", "1000").stdin(new byte[16 * MIB]))
            .timesOut(),
        hostile("reading its input for ever", sh("cat /dev/zero | cat > /dev/null")).timesOut(),
        hostile("closing its output and staying", sh("exec >&- 2>&-; sleep 1000")).timesOut(),
        hostile("output that does not block", c("streams", "nonblocking")).exits(0),
        hostile("output in packets of one byte", c("streams", "packets"))
            .exits(0)
            .prints("x".repeat(2000)),
        hostile("output through the smallest of pipes", c("streams", "small"))
            .exits(0)
            .prints("x".repeat(MIB)),
        hostile("output that changes after it was written", c("streams", "mapped"))
            .exits(0)
            .and(result -> assertThat(result.stdout()).matches("[xy]+")),
        hostile("reading its own output", c("streams", "steal")).timesOut(),
        hostile("output that stays open in a queue", c("streams", "send"))
            .exits(0)
            .prints("sent\n"),
        hostile("asking for a signal from its output", c("streams", "signals"))
            .ends(Outcome.EXITED, Outcome.SIGNALED)
            .prints("asked\n"));
  }

  private static List<HostileProgram> terminals() {
    return List.of(
        hostile(
                "a flood on a terminal",
                Command.of("cat", "/dev/zero").tty(24, 80).maxOutputBytes(MIB))
            .exceedsItsOutput(),
        hostile("stopping its terminal", c("streams", "stopped-terminal").tty(24, 80)).timesOut(),
        hostile("typing into its terminal", c("streams", "typing").tty(24, 80)).mayTimeOut(),
        hostile("changing what its terminal is", c("streams", "line-disciplines").tty(24, 80))
            .exits(0),
        hostile("a child left behind in a terminal", sh("sleep 1000 & echo parent").tty(24, 80))
            .exits(0)
            .prints("parent\r\n"));
  }
}

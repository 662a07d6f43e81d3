package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.boxlite.JoinResult.Side;
import java.time.Duration;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two commands that talk with each other, in one box. */
@Timeout(120)
class JoinIT extends OneBox {
  /** Knows a number, and tells whether a guess is too high or too low. */
  private static final Command INTERACTOR =
      sh(
          "while read guess; do [ $guess -eq 37 ] && echo right && echo solved >&2 && exit 42;"
              + " [ $guess -lt 37 ] && echo more || echo less; done; echo gave up >&2; exit 43");

  /** Finds it. */
  private static final Command SOLUTION =
      sh(
          "low=1; high=100; while :; do guess=$(( (low + high) / 2 )); echo $guess; read answer;"
              + " case $answer in right) echo $guess >&2; exit 0;; more) low=$((guess + 1));;"
              + " less) high=$((guess - 1));; *) exit 9;; esac; done");

  private static Command sh(String script) {
    return Command.of("sh", "-c", script).timeout(Duration.ofSeconds(20));
  }

  @Test
  void eachReadsWhatTheOtherWrites() {
    JoinResult result = box.join(INTERACTOR, SOLUTION.user("nobody"));
    assertThat(result.first().exitCode()).isEqualTo(42);
    assertThat(result.first().stderr()).isEqualTo("solved\n");
    assertThat(result.second().exitCode()).isZero();
    assertThat(result.second().stderr()).isEqualTo("37\n");
    assertThat(result.first().stdout()).isEmpty();
    assertThat(result.second().stdoutTruncated()).isFalse();
    assertThat(result.second().cpuTime()).isPositive();
  }

  @RepeatedTest(10)
  void whoEndsBecauseOfTheOtherIsSecond() {
    JoinResult result = box.join(sh("cat; echo over >&2"), sh("echo last words; exit 5"));
    assertThat(result.endedFirst()).isEqualTo(Side.SECOND);
    assertThat(result.decisive()).isSameAs(result.second());
    assertThat(result.second().exitCode()).isEqualTo(5);
    // The end of file comes, and what it wants to say to a program that is gone is a broken pipe.
    assertThat(result.first().outcome()).isIn(Outcome.EXITED, Outcome.SIGNALED);
  }

  @Test
  void aWriterGetsSigpipeWhenTheReaderHasEnded() {
    JoinResult result = box.join(sh("read line; exit 1"), Command.of("yes"));
    assertThat(result.endedFirst()).isEqualTo(Side.FIRST);
    assertThat(result.first().exitCode()).isEqualTo(1);
    assertThat(result.second().outcome()).isEqualTo(Outcome.SIGNALED);
    assertThat(result.second().signal()).isEqualTo(13); // SIGPIPE, signal(7)
  }

  @Test
  void anOutputCanBeClosedBeforeTheEnd() {
    JoinResult result =
        box.join(sh("echo 3 4; exec >&-; cat >&2"), sh("set -- $(cat); echo $(($1 + $2))"));
    assertThat(result.first().stderr()).isEqualTo("7\n");
    assertThat(result.endedFirst()).isEqualTo(Side.SECOND);
  }

  @Test
  void eachHasItsOwnLimits() {
    JoinResult late =
        box.join(sh("read answer || exit 43"), sh("sleep 1000").timeout(Duration.ofSeconds(1)));
    assertThat(late.second().outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(late.endedFirst()).isEqualTo(Side.SECOND);
    assertThat(late.first().exitCode()).isEqualTo(43);
    JoinResult busy =
        box.join(sh("cat; exit 43"), sh("while :; do :; done").cpuTime(Duration.ofMillis(300)));
    assertThat(busy.second().outcome()).isEqualTo(Outcome.CPU_TIME_EXCEEDED);
    assertThat(busy.first().exitCode()).isEqualTo(43);
    assertThat(busy.first().cpuTime()).isLessThan(busy.second().cpuTime());
  }

  @Test
  void oneThatDoesNotCareForTheOthersEndIsEndedInTime() {
    JoinResult result =
        box.join(
            sh("exit 43"), sh("sleep 1000").timeout(Duration.ofMinutes(5)), Duration.ofMillis(200));
    assertThat(result.endedFirst()).isEqualTo(Side.FIRST);
    assertThat(result.second().outcome()).isEqualTo(Outcome.SIGNALED);
    assertThat(result.second().signal()).isEqualTo(9);
    assertThat(result.second().wallTime()).isLessThan(Duration.ofMinutes(1));
  }

  @Test
  void whatCannotBeJoinedIsRefusedAndLeavesNothingRunning() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.join(sh("cat").stdin("x"), sh("cat")))
        .withMessageContaining("first is")
        .withMessageContaining("standard input");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.join(sh("cat"), sh("cat").mergeStderr()))
        .withMessageContaining("second is")
        .withMessageContaining("leave that out");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.join(sh("sleep 999"), sh("cat").user("nosuchuser")))
        .withMessageContaining("nosuchuser");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> box.join(sh("cat").workingDir("/no/such"), sh("sleep 999")))
        .withMessageContaining("/no/such");
    assertThat(
            box.exec("sh", "-c", "while pgrep -f 'sleep 99[9]'; do usleep 10000; done >/dev/null")
                .outcome())
        .isEqualTo(Outcome.EXITED);
  }
}

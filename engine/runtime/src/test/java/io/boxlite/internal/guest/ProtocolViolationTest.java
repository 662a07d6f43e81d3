package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Outcome;
import io.boxlite.internal.guest.proto.Cause;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.ExecExited;
import io.boxlite.internal.guest.proto.ExecResponse;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.guest.proto.Identity;
import io.boxlite.internal.guest.proto.WindowSize;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A guest that violates the protocol of an execution loses its box. */
class ProtocolViolationTest extends WithFakeGuest {
  @Test
  void losesAGuestThatIsSilentAfterTheTimeLimit() throws Exception {
    guest.onExec(onStart(FakeGuest.started()));
    try (AgentClient hasty =
        AgentClient.connect(
            "b2", guest.link(), () -> "", HostStalls.NONE, Duration.ofMillis(100))) {
      GuestExec exec =
          hasty.exec(start().setWallTimeNanos(Duration.ofMillis(100).toNanos()).build());
      GuestExit exit = end(exec);
      assertThat(exit.outcome()).isEqualTo(Outcome.BOX_LOST);
      assertThat(exit.loss().orElseThrow().why()).contains("did not report the end", "PT0.1S");
    }
  }

  static Object[][] violations() {
    return new Object[][] {
      {"output first", new ExecResponse[] {FakeGuest.stdout("x")}, "stdout before 'started'"},
      {"exit first", new ExecResponse[] {FakeGuest.exited(0)}, "'exited' before 'started'"},
      {
        "two starts", new ExecResponse[] {FakeGuest.started(), FakeGuest.started()}, "twice",
      },
      {
        "output of no bytes",
        new ExecResponse[] {FakeGuest.started(), FakeGuest.stdout(0)},
        "0 bytes of stdout in one message",
      },
      {"an empty message", new ExecResponse[] {ExecResponse.getDefaultInstance()}, "of a kind"},
      {
        "more than the requested",
        new ExecResponse[] {
          FakeGuest.started(), FakeGuest.stdout(60_000), FakeGuest.stdout(60_000)
        },
        "more stdout than the requested 100000 bytes",
      },
      {
        "an exit code out of range",
        new ExecResponse[] {FakeGuest.started(), FakeGuest.exited(256)},
        "an exit code of 256",
      },
      {
        "a signal out of range", afterStart(ExecExited.newBuilder().setSignal(-1)), "4294967295",
      },
      {
        "code and signal",
        afterStart(ExecExited.newBuilder().setExitCode(1).setSignal(9)),
        "both an exit code, 1, and a signal, 9",
      },
      {
        "an unknown cause", afterStart(ExecExited.newBuilder().setCauseValue(77)), "cause 77",
      },
      {
        "a negative time", afterStart(ExecExited.newBuilder().setWallTimeNanos(-1)), "2^63",
      },
      {
        "a limit that was not set",
        afterStart(ExecExited.newBuilder().setCause(Cause.CAUSE_CPU_TIME)),
        "not limited",
      },
    };
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("violations")
  void losesAGuestThatBreaksTheContract(String name, ExecResponse[] responses, String message)
      throws Exception {
    guest.onExec(onStart(responses));
    GuestExec exec = client.exec(start().setMaxOutputBytes(100_000).build());
    assertThat(end(exec).loss().orElseThrow().why())
        .startsWith("box b1 was lost: its guest violated the protocol: it sent ")
        .contains(message);
    assertThat(loss()).contains(message);
  }

  @Test
  void losesAGuestThatTalksOnAfterTheEnd() throws Exception {
    guest.onExec(onStart(FakeGuest.started(), FakeGuest.exited(0), FakeGuest.stdout("ghost")));
    client.exec(start().build());
    assertThat(loss()).contains("after 'exited'");
  }

  @Test
  void losesAGuestWhoseMessageIsTooLarge() throws Exception {
    guest.onExec(onStart(FakeGuest.started(), FakeGuest.stdout(2 << 20)));
    GuestExec exec = client.exec(start().build());
    assertThat(end(exec).loss().orElseThrow().why()).contains("exceeds maximum size");
  }

  @Test
  void losesAGuestThatHidesTheEnd() throws Exception {
    guest.onExec(
        (request, out) -> {
          out.onNext(FakeGuest.started());
          out.onCompleted();
        });
    GuestExec exec = client.exec(start().build());
    assertThat(end(exec).loss().orElseThrow().why()).contains("OK instead of a report");
  }

  @Test
  void losesAGuestThatSendsStandardErrorOfAProgramThatHasNone() throws Exception {
    guest.onExec(onStart(FakeGuest.started(), FakeGuest.stderr("x")));
    WindowSize size = WindowSize.newBuilder().setRows(1).setColumns(1).build();
    for (ExecStart start :
        List.of(start().setTty(size).build(), start().setMergeStderr(true).build())) {
      try (AgentClient fresh = AgentClient.connect("b2", guest.link(), () -> "", HostStalls.NONE)) {
        assertThat(end(fresh.exec(start)).loss().orElseThrow().why())
            .contains("standard error of a program that has none of its own");
      }
    }
  }

  @Test
  void losesAGuestWhoseClockIsOutOfRange() throws Exception {
    guest.losingTime(Duration.ofNanos(Long.MAX_VALUE));
    client.configure(
        ConfigureRequest.newBuilder().setIdentity(Identity.getDefaultInstance()).build(), TIMEOUT);
    assertThat(loss()).contains("a time of 2^63 ns or more");
  }

  private static ExecResponse[] afterStart(ExecExited.Builder exited) {
    if (exited.getCauseValue() == 0) {
      exited.setCause(Cause.CAUSE_EXITED);
    }
    return new ExecResponse[] {FakeGuest.started(), FakeGuest.exited(exited)};
  }
}

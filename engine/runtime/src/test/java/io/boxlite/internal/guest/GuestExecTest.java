package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.boxlite.BoxLostException;
import io.boxlite.BoxliteException;
import io.boxlite.Outcome;
import io.boxlite.internal.guest.proto.Cause;
import io.boxlite.internal.guest.proto.ExecExited;
import io.boxlite.internal.guest.proto.ExecResponse;
import io.boxlite.internal.guest.proto.ExecStart;
import io.grpc.Status;
import io.grpc.stub.CallStreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Input and output of a program. */
class GuestExecTest extends WithFakeGuest {
  @Test
  void bringsOutputAndExitCode() throws Exception {
    guest.onExec(
        onStart(
            FakeGuest.started(),
            FakeGuest.stdout("out"),
            FakeGuest.stderr("err"),
            FakeGuest.exited(3)));
    GuestExec exec = client.exec(start().build());
    GuestExit exit = end(exec);
    assertThat(exit.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(exit.exitCode()).isEqualTo(3);
    assertThat(exec.stdout().readAllBytes()).asString().isEqualTo("out");
    assertThat(exec.stderr().readAllBytes()).asString().isEqualTo("err");
  }

  @Test
  void givesInputToTheGuestAndItsEnd() throws Exception {
    guest.onExec(
        (request, out) -> {
          switch (request.getMessageCase()) {
            case START -> out.onNext(FakeGuest.started());
            case STDIN -> out.onNext(stdoutOf(request.getStdin()));
            case STDIN_EOF -> out.onNext(FakeGuest.exited(0));
            default -> throw new AssertionError(request);
          }
        });
    GuestExec exec = client.exec(start().setStdinOpen(true).build());
    byte[] sent = new byte[300_000];
    new Random(7).nextBytes(sent);
    try (OutputStream stdin = exec.stdin()) {
      exec.stdout().keep(Long.MAX_VALUE);
      stdin.write(sent);
    }
    assertThat(end(exec).outcome()).isEqualTo(Outcome.EXITED);
    assertThat(exec.stdout().takeAll()).isEqualTo(sent);
    assertThatThrownBy(() -> exec.stdin().write(1)).isInstanceOf(IOException.class);
  }

  @Test
  void signalsPastTheInput() throws Exception {
    guest.onExec(onStart(FakeGuest.started()));
    GuestExec exec = client.exec(start().build());
    awaitStart(exec);
    exec.signal(15);
    assertThat(guest.signals()).containsExactly(15);
  }

  @Test
  void closingCancelsTheCall() throws Exception {
    guest.onExec(onStart(FakeGuest.started(), FakeGuest.stdout("x")));
    GuestExec exec = client.exec(start().build());
    awaitStart(exec);
    exec.close();
    await().atMost(TIMEOUT).until(guest::sawCancel);
    assertThat(end(exec).signal()).isEqualTo(9);
    assertThat(client.loss()).isEmpty();
  }

  @Test
  void reportsAFaultInTheCommandAsTheCallersFault() {
    guest.onExec(
        (request, out) ->
            out.onError(
                Status.INVALID_ARGUMENT
                    .withDescription("user is \"nobody2\"; no such user")
                    .asRuntimeException()));
    GuestExec exec = client.exec(start().build());
    assertThatThrownBy(() -> end(exec))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("user is \"nobody2\"; no such user");
    assertThat(client.loss()).isEmpty();
  }

  @Test
  void reportsAGuestThatIsFull() {
    guest.onExec(
        (request, out) ->
            out.onError(Status.RESOURCE_EXHAUSTED.withDescription("no room").asRuntimeException()));
    GuestExec exec = client.exec(start().build());
    assertThatThrownBy(() -> end(exec))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("b1 cannot run a command: no room");
  }

  @Test
  void holdsUpAProgramWhoseOutputNobodyReads() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    guest.onExec(flood(sent));
    GuestExec exec = client.exec(start().setMaxOutputBytes(0).build());
    awaitStart(exec);
    await().atMost(TIMEOUT).until(() -> sent.get() >= 512 << 10);
    assertThat(await().atMost(TIMEOUT).until(sent::get, new Settled()))
        .isLessThanOrEqualTo(4 << 20);
    // and does not block another execution of the box
    guest.onExec(onStart(FakeGuest.started(), FakeGuest.stdout(1 << 20), FakeGuest.exited(0)));
    GuestExec other = client.exec(start().build());
    assertThat(other.stdout().readNBytes(1 << 20)).hasSize(1 << 20);
    assertThat(end(other).outcome()).isEqualTo(Outcome.EXITED);
    // reading lets the program continue
    InputStream stdout = exec.stdout();
    assertThat(stdout.readNBytes(16 << 20)).hasSize(16 << 20);
  }

  @Test
  void seesTheEndBehindUnreadOutputOnceTheTimeLimitHasPassed() throws Exception {
    guest.onExec(
        onStart(
            FakeGuest.started(),
            FakeGuest.stdout(1 << 20),
            FakeGuest.stdout(1 << 20),
            FakeGuest.stdout(1 << 20),
            FakeGuest.exited(
                ExecExited.newBuilder().setCause(Cause.CAUSE_WALL_TIME).setSignal(9))));
    // What is left behind is received after an eighth of the timeout after which the box is lost.
    try (AgentClient patient =
        AgentClient.connect("b2", guest.link(), () -> "", HostStalls.NONE, Duration.ofSeconds(8))) {
      GuestExec exec = patient.exec(start().setWallTimeNanos(1).build());
      assertThat(end(exec).outcome()).isEqualTo(Outcome.TIMED_OUT);
      assertThat(exec.stdout().readAllBytes()).hasSize(3 << 20);
    }
  }

  @Test
  void keepsOutputWithoutAReaderWhenAskedTo() throws Exception {
    guest.onExec(
        onStart(
            FakeGuest.started(),
            FakeGuest.stdout(1 << 20),
            FakeGuest.stdout(1 << 20),
            FakeGuest.stdout(1 << 20),
            FakeGuest.exited(0)));
    GuestExec exec = client.exec(start().build());
    exec.stdout().keep(Long.MAX_VALUE);
    assertThat(end(exec).outcome()).isEqualTo(Outcome.EXITED);
    assertThat(exec.stdout().takeAll()).hasSize(3 << 20);
  }

  @Test
  void aWriterIsFreedWhenTheProgramEndsWithoutReading() throws Exception {
    CompletableFuture<CallStreamObserver<ExecResponse>> program = new CompletableFuture<>();
    guest
        .neverReadingInput()
        .onExec(
            (request, out) -> {
              out.onNext(FakeGuest.started());
              program.complete(out);
            });
    GuestExec exec = client.exec(start().setStdinOpen(true).build());
    awaitStart(exec);
    Thread writer = Thread.currentThread();
    CompletableFuture<Void> end =
        CompletableFuture.runAsync(
            () -> {
              await().atMost(TIMEOUT).until(() -> writer.getState() == Thread.State.WAITING);
              program.join().onNext(FakeGuest.exited(0));
            });
    assertThatThrownBy(() -> exec.stdin().write(new byte[64 << 20]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has ended");
    end.join();
    assertThat(end(exec).outcome()).isEqualTo(Outcome.EXITED);
    assertThat(guest.requests()).hasSize(1);
  }

  @Test
  void needsATimeLimit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.exec(ExecStart.getDefaultInstance()))
        .withMessageContaining("wall_time_nanos is 0");
  }

  /** Writes without end, as fast as the connection accepts it. */
  private static FakeGuest.Script flood(AtomicInteger sent) {
    return (request, out) -> {
      if (!request.hasStart()) {
        return;
      }
      out.onNext(FakeGuest.started());
      Thread writer =
          new Thread(
              () -> {
                long end = System.nanoTime() + TIMEOUT.toNanos();
                while (sent.get() < 32 << 20 && System.nanoTime() < end) {
                  if (out.isReady()) {
                    out.onNext(FakeGuest.stdout(16 << 10));
                    sent.addAndGet(16 << 10);
                  } else {
                    LockSupport.parkNanos(100_000);
                  }
                }
              });
      writer.setDaemon(true);
      writer.start();
    };
  }

  private static ExecResponse stdoutOf(ByteString bytes) {
    return ExecResponse.newBuilder().setStdout(bytes).build();
  }

  @Test
  void reportsAGuestThatDoesNotTellTheUsage() throws Exception {
    guest.onExec(onStart(FakeGuest.started()));
    guest.onUsage(null);
    try (AgentClient hasty =
        AgentClient.connect(
            "b2", guest.link(), () -> "", HostStalls.NONE, Duration.ofMillis(100))) {
      GuestExec exec = hasty.exec(start().build());
      awaitStart(exec);
      assertThatExceptionOfType(BoxLostException.class)
          .isThrownBy(exec::usage)
          .withMessageContaining("'usage' to the guest of box b2 got no response within 100 ms");
    }
  }
}

package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.boxlite.BoxLostException;
import io.boxlite.BoxliteException;
import io.boxlite.Outcome;
import io.boxlite.internal.guest.proto.Cause;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.ExecExited;
import io.boxlite.internal.guest.proto.ExecResponse;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.guest.proto.Identity;
import io.boxlite.internal.guest.proto.Root;
import io.boxlite.internal.guest.proto.WindowSize;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(30)
class AgentClientTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private FakeGuest guest;
  private AgentClient client;

  @BeforeEach
  void connect(@TempDir Path folder) throws IOException {
    guest = new FakeGuest(folder);
    client = AgentClient.connect("b1", guest.socket(), () -> "last words", Duration.ofMillis(400));
  }

  @AfterEach
  void close() {
    client.close();
    guest.close();
  }

  @Test
  void saysWhoAnswers() {
    assertThat(client.hello(PATIENCE))
        .isEqualTo(new AgentInfo("9.9", "6.1.0", 1 << 29, Duration.ofMillis(1500)));
    client.configure(ConfigureRequest.getDefaultInstance(), PATIENCE);
  }

  @Test
  void setsTheClockToTheMomentOfSending() {
    client.configure(identity(), PATIENCE);
    ConfigureRequest sent = guest.configured().remove();
    assertThat(Instant.ofEpochSecond(0, sent.getIdentity().getUnixTimeNanos()))
        .isCloseTo(Instant.now(), within(5, ChronoUnit.SECONDS));
    assertThat(sent.getIdentity().getHostname()).isEqualTo("name");
  }

  @Test
  void setsAClockAgainThatIsOff() {
    guest.losingTime(Duration.ofMillis(500));
    client.configure(identity(), PATIENCE);
    assertThat(guest.configured()).hasSizeBetween(2, 3);
    assertThat(guest.configured().remove().hasRoot()).isTrue();
    assertThat(guest.configured()).noneMatch(ConfigureRequest::hasRoot);
  }

  private static ConfigureRequest identity() {
    return ConfigureRequest.newBuilder()
        .setRoot(Root.getDefaultInstance())
        .setIdentity(Identity.newBuilder().setHostname("name"))
        .build();
  }

  @Test
  void leavesAGuestWithoutLosingTheBox() throws Exception {
    guest.onExec(onStart(FakeGuest.started()));
    GuestExec exec = client.exec(start().build());
    exec.onStart().get(10, TimeUnit.SECONDS);
    String token = client.detach(PATIENCE);
    assertThat(guest.tokens()).containsExactly(token);
    assertThat(token).matches("[0-9a-f]{32}");
    assertThat(end(exec).outcome()).isEqualTo(Outcome.BOX_LOST);
    assertThat(client.loss()).isEmpty();
    assertThat(client.whenLost()).isNotDone();
    assertThatIllegalStateException()
        .isThrownBy(() -> client.hello(PATIENCE))
        .withMessageContaining("box b1 was detached");
    assertThatIllegalStateException().isThrownBy(() -> client.exec(start().build()));
    try (AgentClient next = AgentClient.connect("b1", guest.socket(), () -> "")) {
      assertThat(next.hello(PATIENCE).agentVersion()).isEqualTo("9.9");
    }
    client.lost("QEMU has ended");
    assertThat(client.whenLost().get(10, TimeUnit.SECONDS).why()).contains("QEMU has ended");
  }

  @Test
  void refusesAnotherVersionOfTheContract() {
    guest.speakingVersion(2);
    assertThatThrownBy(() -> client.hello(PATIENCE))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("protocol version 2, this engine speaks 1")
        .hasMessageContaining("same version");
  }

  @Test
  void tellsOfAGuestThatNeverAnswers() {
    guest.silent();
    assertThatExceptionOfType(BoxLostException.class)
        .isThrownBy(() -> client.hello(Duration.ofMillis(300)))
        .withMessageContaining("'hello' to the guest of box b1 was not answered within PT0.3S")
        .satisfies(e -> assertThat(e.consoleTail()).isEqualTo("last words"));
  }

  @Test
  void tellsOfASocketWhereNobodyListens(@TempDir Path elsewhere) {
    try (AgentClient lonely = AgentClient.connect("b2", elsewhere.resolve("none.sock"), () -> "")) {
      assertThatExceptionOfType(BoxLostException.class)
          .isThrownBy(() -> lonely.hello(PATIENCE))
          .withMessageContaining("box b2 found no connection");
    }
  }

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
      exec.keepStdout();
      stdin.write(sent);
    }
    assertThat(end(exec).outcome()).isEqualTo(Outcome.EXITED);
    assertThat(exec.takeStdout()).isEqualTo(sent);
    assertThatThrownBy(() -> exec.stdin().write(1)).isInstanceOf(IOException.class);
  }

  @Test
  void signalsPastTheInput() throws Exception {
    guest.onExec(onStart(FakeGuest.started()));
    GuestExec exec = client.exec(start().build());
    exec.onStart().get(10, TimeUnit.SECONDS);
    exec.signal(15);
    assertThat(guest.signals()).containsExactly(15);
  }

  @Test
  void closingCancelsTheCall() throws Exception {
    guest.onExec(onStart(FakeGuest.started(), FakeGuest.stdout("x")));
    GuestExec exec = client.exec(start().build());
    exec.onStart().get(10, TimeUnit.SECONDS);
    exec.close();
    await().until(guest::sawCancel);
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
  void endsEverythingWithinTwoSecondsWhenTheGuestDies() throws Exception {
    guest.onExec(onStart(FakeGuest.started(), FakeGuest.stdout("half")));
    GuestExec exec = client.exec(start().build());
    exec.onStart().get(10, TimeUnit.SECONDS);
    await().until(() -> exec.stdout().available() == 4);
    guest.die();
    GuestExit exit = exec.onEnd().get(2, TimeUnit.SECONDS);
    assertThat(exit.outcome()).isEqualTo(Outcome.BOX_LOST);
    assertThat(exit.exitCode()).isEqualTo(GuestExit.UNKNOWN_EXIT_CODE);
    assertThat(exit.loss().orElseThrow().consoleTail()).isEqualTo("last words");
    assertThat(exec.stdout().readNBytes(4)).asString().isEqualTo("half");
    assertThatThrownBy(() -> exec.stdout().read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("box b1 was lost");
    assertThatThrownBy(() -> client.exec(start().build())).isInstanceOf(BoxLostException.class);
  }

  @Test
  void believesTheWatcherOfTheMachineOverTheEndOfTheConnection() throws Exception {
    guest.onExec(onStart(FakeGuest.started()));
    GuestExec exec = client.exec(start().build());
    client.lost("QEMU exited with 137");
    assertThat(end(exec).loss().orElseThrow().why())
        .isEqualTo("box b1 was lost: QEMU exited with 137");
    assertThat(client.whenLost().get(5, TimeUnit.SECONDS).why()).contains("137");
  }

  @Test
  void losesAGuestThatIsSilentAfterTheTimeLimit() throws Exception {
    guest.onExec(onStart(FakeGuest.started()));
    GuestExec exec =
        client.exec(start().setWallTimeNanos(Duration.ofMillis(100).toNanos()).build());
    GuestExit exit = end(exec);
    assertThat(exit.outcome()).isEqualTo(Outcome.BOX_LOST);
    assertThat(exit.loss().orElseThrow().why()).contains("did not report the end", "PT0.1S");
  }

  static Object[][] violations() {
    return new Object[][] {
      {"output first", new ExecResponse[] {FakeGuest.stdout("x")}, "stdout before 'started'"},
      {"exit first", new ExecResponse[] {FakeGuest.exited(0)}, "'exited' before 'started'"},
      {
        "two starts", new ExecResponse[] {FakeGuest.started(), FakeGuest.started()}, "twice",
      },
      {"an empty message", new ExecResponse[] {ExecResponse.getDefaultInstance()}, "of a kind"},
      {
        "more than asked for",
        new ExecResponse[] {
          FakeGuest.started(), FakeGuest.stdout(60_000), FakeGuest.stdout(60_000)
        },
        "more stdout than the 100000 bytes",
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
        .startsWith("box b1 was lost: its guest broke the contract: it sent ")
        .contains(message);
    await().until(() -> client.loss().isPresent());
  }

  @Test
  void losesAGuestThatTalksOnAfterTheEnd() {
    guest.onExec(onStart(FakeGuest.started(), FakeGuest.exited(0), FakeGuest.stdout("ghost")));
    client.exec(start().build());
    await()
        .untilAsserted(
            () -> assertThat(client.loss().orElseThrow().why()).contains("after 'exited'"));
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
  void losesAGuestThatTerminalOutputGoesToStandardErrorOf() throws Exception {
    guest.onExec(onStart(FakeGuest.started(), FakeGuest.stderr("x")));
    GuestExec exec =
        client.exec(start().setTty(WindowSize.newBuilder().setRows(1).setColumns(1)).build());
    assertThat(end(exec).loss().orElseThrow().why()).contains("program with a terminal");
  }

  @Test
  void holdsUpAProgramWhoseOutputNobodyReads() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    guest.onExec(flood(sent));
    GuestExec exec = client.exec(start().setMaxOutputBytes(0).build());
    exec.onStart().get(10, TimeUnit.SECONDS);
    int held = await().until(sent::get, new Settled());
    assertThat(held).isBetween(512 << 10, 4 << 20);
    // and another execution of the box is not held up with it
    guest.onExec(onStart(FakeGuest.started(), FakeGuest.stdout(1 << 20), FakeGuest.exited(0)));
    GuestExec other = client.exec(start().build());
    assertThat(other.stdout().readNBytes(1 << 20)).hasSize(1 << 20);
    assertThat(end(other).outcome()).isEqualTo(Outcome.EXITED);
    // reading sets the program free
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
    GuestExec exec =
        client.exec(start().setWallTimeNanos(Duration.ofMillis(300).toNanos()).build());
    assertThat(end(exec).outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(exec.stdout().readAllBytes()).hasSize(3 << 20);
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
    exec.keepStdout();
    assertThat(end(exec).outcome()).isEqualTo(Outcome.EXITED);
    assertThat(exec.takeStdout()).hasSize(3 << 20);
  }

  @Test
  void aWriterIsFreedWhenTheProgramEndsWithoutReading() throws Exception {
    guest.neverReadingInput().onExec(onStart(FakeGuest.started()));
    GuestExec exec =
        client.exec(
            start().setStdinOpen(true).setWallTimeNanos(Duration.ofMillis(200).toNanos()).build());
    assertThatThrownBy(() -> exec.stdin().write(new byte[64 << 20]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has ended");
    assertThat(guest.requests()).hasSize(1);
  }

  @Test
  void closingIsSafeFromManyThreadsAndEndsWhatRuns() throws Exception {
    guest.onExec(onStart(FakeGuest.started()));
    GuestExec exec = client.exec(start().build());
    Thread[] closers = new Thread[4];
    for (int i = 0; i < closers.length; i++) {
      closers[i] = new Thread(client::close);
      closers[i].start();
    }
    for (Thread closer : closers) {
      closer.join();
    }
    assertThat(end(exec).loss().orElseThrow().why()).isEqualTo("box b1 was closed");
    assertThatThrownBy(() -> client.hello(PATIENCE)).isInstanceOf(BoxLostException.class);
  }

  @Test
  void leavesNoThreadBehind() {
    client.hello(PATIENCE);
    assertThat(guestThreads()).isPositive();
    client.close();
    assertThat(guestThreads()).isZero();
  }

  @Test
  void needsATimeLimit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.exec(ExecStart.getDefaultInstance()))
        .withMessageContaining("wall_time_nanos is 0");
  }

  private static long guestThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("boxlite-guest-io"))
        .count();
  }

  private static ExecStart.Builder start() {
    return ExecStart.newBuilder()
        .addArgv("true")
        .setWallTimeNanos(Duration.ofSeconds(20).toNanos())
        .setMaxOutputBytes(8 << 20);
  }

  private static ExecResponse[] afterStart(ExecExited.Builder exited) {
    if (exited.getCauseValue() == 0) {
      exited.setCause(Cause.CAUSE_EXITED);
    }
    return new ExecResponse[] {FakeGuest.started(), FakeGuest.exited(exited)};
  }

  private static FakeGuest.Script onStart(ExecResponse... responses) {
    return (request, out) -> {
      if (request.hasStart()) {
        for (ExecResponse response : responses) {
          out.onNext(response);
        }
      }
    };
  }

  /** Writes for ever, as fast as the connection takes it. */
  private static FakeGuest.Script flood(AtomicInteger sent) {
    return (request, out) -> {
      if (!request.hasStart()) {
        return;
      }
      out.onNext(FakeGuest.started());
      Thread writer =
          new Thread(
              () -> {
                while (sent.get() < 32 << 20
                    && !((ServerCallStreamObserver<ExecResponse>) out).isCancelled()) {
                  if (out.isReady()) {
                    out.onNext(FakeGuest.stdout(16 << 10));
                    sent.addAndGet(16 << 10);
                  } else {
                    Thread.onSpinWait();
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

  private static GuestExit end(GuestExec exec) throws Exception {
    try {
      return exec.onEnd().get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }
}

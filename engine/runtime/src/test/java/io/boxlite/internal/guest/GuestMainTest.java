package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.boxlite.BoxliteException;
import io.boxlite.Outcome;
import io.boxlite.internal.guest.GuestMain.Stream;
import io.boxlite.internal.guest.proto.CaughtUp;
import io.boxlite.internal.guest.proto.Cause;
import io.boxlite.internal.guest.proto.DroppedOutput;
import io.boxlite.internal.guest.proto.ExecExited;
import io.boxlite.internal.guest.proto.ExecStarted;
import io.boxlite.internal.guest.proto.MainResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The main command of a guest, in particular of one that lies. */
class GuestMainTest extends WithFakeGuest {
  static MainResponse started(int pid) {
    return MainResponse.newBuilder().setStarted(ExecStarted.newBuilder().setPid(pid)).build();
  }

  static MainResponse stdout(String text) {
    return MainResponse.newBuilder().setStdout(ByteString.copyFromUtf8(text)).build();
  }

  static MainResponse stderr(String text) {
    return MainResponse.newBuilder().setStderr(ByteString.copyFromUtf8(text)).build();
  }

  static MainResponse caughtUp(boolean ended) {
    return MainResponse.newBuilder().setCaughtUp(CaughtUp.newBuilder().setEnded(ended)).build();
  }

  static MainResponse dropped(long stdout, long stderr) {
    return MainResponse.newBuilder()
        .setDropped(DroppedOutput.newBuilder().setStdoutBytes(stdout).setStderrBytes(stderr))
        .build();
  }

  static MainResponse exited(int code) {
    return MainResponse.newBuilder()
        .setExited(ExecExited.newBuilder().setCause(Cause.CAUSE_EXITED).setExitCode(code))
        .build();
  }

  private GuestMain follow(MainResponse... responses) {
    guest.onFollowMain(out -> List.of(responses).forEach(out::onNext));
    return GuestMain.follow(client, start().build());
  }

  private static void awaitEnd(CompletableFuture<?> future) throws Exception {
    future.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void bringsWhatWasKeptThenWhatComesAndTheEnd() throws Exception {
    CompletableFuture<StreamObserver<MainResponse>> call = new CompletableFuture<>();
    guest.onFollowMain(
        out -> {
          List.of(started(7), stdout("kept "), stderr("err"), caughtUp(false)).forEach(out::onNext);
          call.complete(out);
        });
    GuestMain main = GuestMain.follow(client, start().build());
    awaitEnd(main.onCaughtUp());
    assertThat(main.output(Stream.STDOUT)).asString().isEqualTo("kept ");
    assertThat(main.output(Stream.STDERR)).asString().isEqualTo("err");
    assertThat(main.onEnd()).isNotDone();
    main.signal(15);
    assertThat(guest.signals()).containsExactly(15);
    try (InputStream output = main.open(Stream.STDOUT)) {
      assertThat(output.readNBytes(5)).asString().isEqualTo("kept ");
      StreamObserver<MainResponse> out = call.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
      out.onNext(stdout("new"));
      assertThat(output.readNBytes(3)).asString().isEqualTo("new");
      out.onNext(exited(3));
      out.onCompleted();
      assertThat(output.read()).isEqualTo(-1);
    }
    GuestExit exit = main.onEnd().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    assertThat(exit.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(exit.exitCode()).isEqualTo(3);
    assertThat(client.loss()).isEmpty();
  }

  @Test
  void ofACommandThatHadEndedTheEndIsKnownWithItsOutput() throws Exception {
    GuestMain main = follow(started(7), stdout("all"), caughtUp(true), exited(1));
    awaitEnd(main.onCaughtUp());
    assertThat(main.onEnd()).isDone();
    assertThat(main.output(Stream.STDOUT)).asString().isEqualTo("all");
  }

  @Test
  void tellsThatOlderOutputWasDropped() throws Exception {
    GuestMain main = follow(started(7), dropped(10, 0), stdout("end"), caughtUp(false));
    awaitEnd(main.onCaughtUp());
    assertThat(main.isTruncated(Stream.STDOUT)).isTrue();
    assertThat(main.isTruncated(Stream.STDERR)).isFalse();
    assertThat(main.output(Stream.STDOUT)).asString().isEqualTo("end");
  }

  @Test
  void closingEndsTheCallAndNotTheBox() throws Exception {
    GuestMain main = follow(started(7), caughtUp(false));
    awaitEnd(main.onCaughtUp());
    main.close();
    await().atMost(TIMEOUT).until(guest::sawCancel);
    assertThat(client.loss()).isEmpty();
  }

  @Test
  void isLostWithItsBox() throws Exception {
    GuestMain main = follow(started(7), stdout("x"), caughtUp(false));
    awaitEnd(main.onCaughtUp());
    InputStream output = main.open(Stream.STDOUT);
    client.lost("it was a test");
    GuestExit exit = main.onEnd().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    assertThat(exit.outcome()).isEqualTo(Outcome.BOX_LOST);
    assertThat(output.read()).isEqualTo('x');
    assertThatThrownBy(output::read)
        .hasMessageContaining("stdout ended early: box b1 was lost: it was a test");
  }

  static List<Arguments> violations() {
    return List.of(
        Arguments.of("a message before 'started'", List.of(stdout("x"))),
        Arguments.of("'started' twice", List.of(started(7), started(7))),
        Arguments.of("a process id of 0", List.of(started(0))),
        Arguments.of("0 bytes of output", List.of(started(7), stdout(""))),
        Arguments.of("'caught_up' twice", List.of(started(7), caughtUp(false), caughtUp(false))),
        Arguments.of("'exited' before 'caught_up'", List.of(started(7), exited(0))),
        Arguments.of("a number of dropped bytes of 0", List.of(started(7), dropped(0, 0))),
        Arguments.of("a number of dropped bytes of 0", List.of(started(7), dropped(-1, 0))),
        Arguments.of(
            "which is too many", List.of(started(7), dropped(Long.MAX_VALUE, 0), stdout("x"))),
        Arguments.of("an exit code of 256", List.of(started(7), caughtUp(false), exited(256))),
        Arguments.of(
            "a message of a kind", List.of(started(7), MainResponse.getDefaultInstance())));
  }

  @ParameterizedTest
  @MethodSource("violations")
  void losesAGuestThatViolatesTheProtocol(String what, List<MainResponse> responses)
      throws Exception {
    GuestMain main = follow(responses.toArray(MainResponse[]::new));
    assertThat(loss()).contains("violated the protocol: it sent", what);
    GuestExit exit = main.onEnd().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    assertThat(exit.outcome()).isEqualTo(Outcome.BOX_LOST);
  }

  @Test
  void losesAGuestThatEndsTheCallWithoutAReport() throws Exception {
    guest.onFollowMain(
        out -> {
          out.onNext(started(7));
          out.onCompleted();
        });
    GuestMain.follow(client, start().build());
    assertThat(loss()).contains("ended a call with OK instead of a report");
  }

  @Test
  void reportsAFaultInTheCommandAsTheCallersFault() {
    guest.refusingMain(Status.INVALID_ARGUMENT.withDescription("user \"x\" does not exist"));
    assertThatThrownBy(() -> GuestMain.start(client, start().build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("user \"x\" does not exist");
    guest.refusingMain(Status.FAILED_PRECONDITION.withDescription("it has one"));
    assertThatThrownBy(() -> GuestMain.start(client, start().build()))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("it has one");
    assertThat(client.loss()).isEmpty();
  }
}

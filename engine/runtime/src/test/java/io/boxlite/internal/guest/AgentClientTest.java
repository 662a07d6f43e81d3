package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.boxlite.BoxLostException;
import io.boxlite.BoxliteException;
import io.boxlite.Outcome;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.Identity;
import io.boxlite.internal.guest.proto.Root;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The calls to an agent, and its connection from start to end. */
class AgentClientTest extends WithFakeGuest {
  @Test
  void saysWhoAnswers() {
    assertThat(client.hello(TIMEOUT))
        .isEqualTo(new AgentInfo("9.9", "6.1.0", 1 << 29, Duration.ofMillis(1500)));
    client.configure(ConfigureRequest.getDefaultInstance(), TIMEOUT);
  }

  @Test
  void setsTheClockToTheMomentOfSending() {
    Instant before = Instant.now();
    client.configure(identity(), TIMEOUT);
    ConfigureRequest sent = guest.configured().remove();
    assertThat(Instant.ofEpochSecond(0, sent.getIdentity().getUnixTimeNanos()))
        .isBetween(before, Instant.now());
    assertThat(sent.getIdentity().getHostname()).isEqualTo("name");
  }

  @Test
  void stepsAClockThatWasSetLate() {
    guest.losingTime(Duration.ofMillis(500));
    client.configure(identity(), TIMEOUT);
    await().until(() -> guest.configured().size() == 2);
    assertThat(guest.configured().remove().getClockStepNanos()).isZero();
    ConfigureRequest second = guest.configured().remove();
    assertThat(second.hasIdentity() || second.hasRoot()).isFalse();
    assertThat(second.getClockStepNanos()).isBetween(500_000_000L, 10_000_000_000L);
  }

  @Test
  void aConnectionThatEndsWhileTheClockIsSetIsNoFaultOfTheClock() throws Exception {
    guest.losingTime(Duration.ofMillis(500)).withAStuckClock();
    client.configure(identity(), TIMEOUT);
    await().until(() -> guest.configured().size() == 2);
    guest.die();
    assertThat(loss()).doesNotContain("clock");
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
    awaitStart(exec);
    String token = client.detach(TIMEOUT);
    assertThat(guest.tokens()).containsExactly(token);
    assertThat(token).matches("[0-9a-f]{32}");
    assertThat(end(exec).outcome()).isEqualTo(Outcome.BOX_LOST);
    assertThat(client.loss()).isEmpty();
    assertThat(client.whenLost()).isNotDone();
    assertThatIllegalStateException()
        .isThrownBy(() -> client.hello(TIMEOUT))
        .withMessageContaining("box b1 was detached");
    assertThatIllegalStateException().isThrownBy(() -> client.exec(start().build()));
    try (AgentClient next = AgentClient.connect("b1", guest.link(), () -> "", HostStalls.NONE)) {
      assertThat(next.hello(TIMEOUT).agentVersion()).isEqualTo("9.9");
    }
    client.lost("QEMU has ended");
    assertThat(loss()).contains("QEMU has ended");
  }

  @Test
  void refusesAnotherVersionOfTheContract() {
    guest.speakingVersion(2);
    assertThatThrownBy(() -> client.hello(TIMEOUT))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("protocol version 2 but this engine speaks version 1")
        .hasMessageContaining("same version");
  }

  @Test
  void tellsOfAGuestThatNeverAnswers() {
    guest.silent();
    assertThatExceptionOfType(BoxLostException.class)
        .isThrownBy(() -> client.hello(Duration.ofMillis(300)))
        .withMessageContaining("'hello' to the guest of box b1 got no response within 300 ms")
        .satisfies(e -> assertThat(e.consoleTail()).isEqualTo("last words"));
  }

  @Test
  void tellsOfASocketWhereNobodyListens(@TempDir Path elsewhere) {
    try (AgentClient lonely =
        AgentClient.connect(
            "b2",
            () -> SocketChannel.open(UnixDomainSocketAddress.of(elsewhere.resolve("none.sock"))),
            () -> "",
            HostStalls.NONE)) {
      assertThatExceptionOfType(BoxLostException.class)
          .isThrownBy(() -> lonely.hello(TIMEOUT))
          .withMessageContaining("box b2 failed: there is no connection");
    }
  }

  @Test
  void endsEverythingWhenTheGuestDiesAndWaitsForNoTimeLimit() throws Exception {
    guest.onExec(onStart(FakeGuest.started(), FakeGuest.stdout("half")));
    GuestExec exec = client.exec(start().build());
    awaitStart(exec);
    await().atMost(TIMEOUT).until(() -> exec.stdout().available() == 4);
    guest.die();
    GuestExit exit = end(exec);
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
  void callsAfterTheEndOfTheConnectionDoNotMakeUpAnotherReason() throws Exception {
    client.hello(TIMEOUT);
    guest.die();
    for (int i = 0; i < 3; i++) {
      assertThatExceptionOfType(BoxLostException.class).isThrownBy(() -> client.hello(TIMEOUT));
    }
    BoxLoss loss = client.whenLost().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    assertThat(loss.why()).contains("its guest closed the connection");
  }

  @Test
  void believesTheWatcherOfTheMachineOverTheEndOfTheConnection() throws Exception {
    guest.onExec(onStart(FakeGuest.started()));
    GuestExec exec = client.exec(start().build());
    client.lost("QEMU exited with 137");
    assertThat(end(exec).loss().orElseThrow().why())
        .isEqualTo("box b1 was lost: QEMU exited with 137");
    assertThat(loss()).contains("137");
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
    assertThatThrownBy(() -> client.hello(TIMEOUT)).isInstanceOf(BoxLostException.class);
  }

  @Test
  void leavesNoThreadBehind() {
    client.hello(TIMEOUT);
    assertThat(guestThreads()).isPositive();
    client.close();
    assertThat(guestThreads()).isZero();
  }

  private static long guestThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("boxlite-guest-io"))
        .count();
  }
}

package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.BoxLostException;
import io.boxlite.Outcome;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Guests that no longer respond, and guests that only seem so. */
class SilentGuestTest extends WithFakeGuest {
  @Test
  void aGuestThatHasHaltedIsToldOfSoonAfterTheNextCall() {
    client.hello(TIMEOUT);
    guest.halt();
    long start = System.nanoTime();
    assertThatExceptionOfType(BoxLostException.class)
        .isThrownBy(() -> client.hello(TIMEOUT))
        .withMessageContaining("box b1 was lost: its guest has gone silent")
        .withMessageContaining("its kernel has halted or hangs");
    // 4 to 4.6 s of this are the watch's.
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofSeconds(4), TIMEOUT.dividedBy(2));
  }

  @Test
  void aProgramThatRunsInItEndsAsWell() throws Exception {
    guest.onExec(onStart(FakeGuest.started()));
    GuestExec exec = client.exec(start().build());
    awaitStart(exec);
    guest.halt();
    GuestExit exit = end(exec);
    assertThat(exit.outcome()).isEqualTo(Outcome.BOX_LOST);
    assertThat(exit.loss().orElseThrow().why()).contains("has gone silent");
  }

  @Test
  void aGuestThatOnlyAnswersPingsIsNotSilent() throws Exception {
    client.hello(TIMEOUT);
    guest.onExec(onStart(FakeGuest.started()));
    GuestExec exec = client.exec(start().build());
    awaitStart(exec);
    Thread.sleep(6000);
    assertThat(client.loss()).isEmpty();
    assertThat(client.hello(TIMEOUT).agentVersion()).isEqualTo("9.9");
  }

  /** As on a host that is so busy that the guest never gets a processor. */
  @Test
  void timeInWhichTheGuestCouldNotRunDoesNotCount() throws Exception {
    AtomicLong asked = new AtomicLong(System.nanoTime());
    AtomicInteger steps = new AtomicInteger();
    HostStalls busyHost =
        () -> {
          steps.incrementAndGet();
          long now = System.nanoTime();
          return now - asked.getAndSet(now);
        };
    try (AgentClient patient = AgentClient.connect("b2", guest.link(), () -> "", busyHost)) {
      patient.hello(TIMEOUT);
      guest.halt();
      assertThatExceptionOfType(BoxLostException.class)
          .isThrownBy(() -> patient.hello(Duration.ofSeconds(8)))
          .withMessageContaining("got no response within 8000 ms");
      assertThat(steps).hasValueGreaterThan(5);
      assertThat(patient.loss()).isEmpty();
    }
  }

  @Test
  void aGuestThatNobodyCallsIsNotWatched() throws Exception {
    client.hello(TIMEOUT);
    TimeUnit.MILLISECONDS.sleep(700); // the watch's task notices that there is nothing to watch
    guest.halt();
    TimeUnit.SECONDS.sleep(5);
    assertThat(client.loss()).isEmpty();
  }
}

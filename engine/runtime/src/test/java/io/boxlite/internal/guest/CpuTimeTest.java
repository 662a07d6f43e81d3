package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.boxlite.Outcome;
import io.boxlite.internal.guest.proto.Cause;
import io.boxlite.internal.guest.proto.ExecExited;
import io.boxlite.internal.guest.proto.ExecResponse;
import io.boxlite.internal.guest.proto.ExecStarted;
import io.boxlite.internal.guest.proto.UsageResponse;
import io.boxlite.internal.host.ThreadSchedule;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose measurement of processor time counts: the guest's or the host's. */
class CpuTimeTest extends WithFakeGuest {
  private static final long MS = 1_000_000;

  /** The host's current values. */
  private final AtomicReference<List<ThreadSchedule>> host =
      new AtomicReference<>(List.of(new ThreadSchedule(5000 * MS, 700 * MS)));

  private volatile Supplier<List<ThreadSchedule>> watched = host::get;

  /** Ends the execution that was started last. */
  private volatile Consumer<ExecResponse> end = response -> {};

  @ParameterizedTest(name = "{5}")
  @CsvSource(
      textBlock =
          """
          100, 100, 100,   0,   0, nothing was taken away
          100, 110,  80,  30,  27, the only execution carries nearly all of it
           50, 100,  60,  40,  20, of two that used as much each carries half
          100, 100,  60,  10,  10, what the host has not seen wait was not taken away
          100, 100, 150,  90,   0, a guest that knows of it has taken it off
          100,   0,  60,  40,  40, an execution has used no more than all
            0, 100,  60,  40,   0, an execution that slept has lost nothing
          """)
  void takesOffWhatTheHostTookAway(
      long used, long guest, long run, long wait, long stolen, String why) {
    assertThat(CpuAccount.stolen(used, guest, run, wait)).as(why).isEqualTo(stolen);
  }

  @Test
  void tellsBothTimesInTheEnd() throws Exception {
    guest.onExec(
        (request, out) -> {
          out.onNext(started(1000));
          host.set(List.of(new ThreadSchedule(5060 * MS, 745 * MS)));
          out.onNext(exited(Cause.CAUSE_EXITED, 0, 80, 1100));
        });
    try (AgentClient client = connect()) {
      GuestExit exit = end(client.exec(start().build()));
      assertThat(exit.cpuTime()).isEqualTo(Duration.ofMillis(48)); // 80 of the guest's 100 in 60
      assertThat(exit.stolenTime()).isEqualTo(Duration.ofMillis(45));
    }
  }

  @Test
  void endsAnExecutionWhenTheHostHasGivenItWhatItMayHave() throws Exception {
    long begin = System.nanoTime();
    // The host provides half of the time that passes.
    LongSupplier half = () -> (System.nanoTime() - begin) / 2;
    watched = () -> List.of(new ThreadSchedule(MS + half.getAsLong(), half.getAsLong()));
    guest
        .onExec(
            (request, out) -> {
              if (request.hasStart()) {
                out.onNext(started(0));
                end = out::onNext;
              }
            })
        .onUsage(() -> usage(2 * half.getAsLong() / MS));
    try (AgentClient client = connect()) {
      GuestExec exec = client.exec(start().setCpuTimeNanos(150 * MS).build());
      await().atMost(TIMEOUT).until(() -> !guest.causes().isEmpty());
      assertThat(guest.causes()).containsExactly(Cause.CAUSE_CPU_TIME);
      assertThat(guest.signals()).containsExactly(9);
      assertThat(half.getAsLong()).isGreaterThanOrEqualTo(149 * MS);
      assertThat(guest.requests().peek().getStart().getCpuTimeNanos()).isZero();
      end.accept(exited(Cause.CAUSE_CPU_TIME, 9, 150, 150));
      GuestExit exit = end(exec);
      assertThat(exit.outcome()).isEqualTo(Outcome.CPU_TIME_EXCEEDED);
      assertThat(exit.cpuTime()).isEqualTo(Duration.ofMillis(150));
    }
  }

  @Test
  void leavesTheLimitToTheGuestWhereTheHostDoesNotTell() throws Exception {
    host.set(List.of());
    guest.onExec(
        (request, out) -> {
          out.onNext(started(0));
          out.onNext(exited(Cause.CAUSE_CPU_TIME, 9, 170, 170));
        });
    try (AgentClient client = connect()) {
      GuestExit exit = end(client.exec(start().setCpuTimeNanos(150 * MS).build()));
      assertThat(guest.requests().peek().getStart().getCpuTimeNanos()).isEqualTo(150 * MS);
      assertThat(exit.cpuTime()).isEqualTo(Duration.ofMillis(170));
      assertThat(exit.stolenTime()).isZero();
    }
  }

  @Test
  void losesABoxThatAnswersNonsense() throws Exception {
    guest.onExec((request, out) -> out.onNext(started(0))).onUsage(() -> usage(-1));
    try (AgentClient client = connect()) {
      GuestExec exec = client.exec(start().setCpuTimeNanos(MS).build());
      host.set(List.of(new ThreadSchedule(5100 * MS, 900 * MS)));
      assertThat(end(exec).outcome()).isEqualTo(Outcome.BOX_LOST);
    }
  }

  private AgentClient connect() {
    HostStalls watch =
        new HostStalls() {
          @Override
          public long nanos() {
            return 0;
          }

          @Override
          public List<ThreadSchedule> processors() {
            return watched.get();
          }
        };
    return AgentClient.connect("b2", guest.link(), () -> "", watch);
  }

  private static ExecResponse started(long guestMillis) {
    return ExecResponse.newBuilder()
        .setStarted(ExecStarted.newBuilder().setPid(7).setGuestCpuNanos(guestMillis * MS))
        .build();
  }

  private static UsageResponse usage(long millis) {
    return UsageResponse.newBuilder()
        .setCpuTimeNanos(millis * MS)
        .setGuestCpuNanos(millis * MS)
        .build();
  }

  private static ExecResponse exited(Cause cause, int signal, long cpuMillis, long guestMillis) {
    return FakeGuest.exited(
        ExecExited.newBuilder()
            .setCause(cause)
            .setSignal(signal)
            .setUserTimeNanos(cpuMillis * MS)
            .setGuestCpuNanos(guestMillis * MS));
  }
}

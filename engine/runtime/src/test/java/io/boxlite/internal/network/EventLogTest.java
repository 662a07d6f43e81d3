package io.boxlite.internal.network;

import static io.boxlite.internal.network.SpecialRangeTest.address;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.NetworkEvent;
import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkEvent.Result;
import io.boxlite.NetworkLog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventLogTest {
  private static final Instant NOW = Instant.parse("2024-05-06T07:08:09.010Z");

  private final EventLog log = new EventLog(Clock.fixed(NOW, ZoneOffset.UTC));

  private NetworkEvent.Builder connect(int port) {
    return log.event(Kind.CONNECT).addresses(List.of(address("9.9.9.9"))).port(port);
  }

  private NetworkEvent.Builder resolve(String name) {
    return log.event(Kind.RESOLVE).hostNames(List.of(name));
  }

  @Test
  void keepsTheLatestEventsAndCountsAll() {
    for (int port = 0; port <= 65535; port++) {
      log.add(connect(port).refused("no"));
    }
    NetworkLog all = log.snapshot();
    assertThat(all.events()).hasSize(NetworkLog.MOST_EVENTS);
    assertThat(all.events().get(0).port()).hasValue(65536 - NetworkLog.MOST_EVENTS);
    assertThat(all.count(Kind.CONNECT, Result.REFUSED)).isEqualTo(65536);
    assertThat(all.count(Kind.RESOLVE, Result.REFUSED)).isZero();
    assertThat(all.describe().lines().toList())
        .hasSize(NetworkLog.MOST_EVENTS + 2)
        .startsWith(
            "connections: 0 allowed, 65536 refused, 0 failed; names: 0 allowed, 0 refused, 0"
                + " failed",
            "(64536 earlier events are no longer kept)",
            "07:08:09.010 REFUSED connect 9.9.9.9:64536: no");
  }

  @Test
  void countsEqualEventsInOneSoThatTheyPushNothingOut() {
    log.add(resolve("a.example").addresses(List.of(address("9.9.9.9"), address("8.8.8.8"))));
    for (int i = 0; i < 5000; i++) {
      log.add(connect(80).refused("no"));
      log.add(resolve("b.example").refused("no"));
    }
    log.add(resolve("a.example").addresses(List.of(address("8.8.8.8"), address("9.9.9.9"))));
    assertThat(log.snapshot().events())
        .extracting(NetworkEvent::toString)
        .containsExactly(
            "ALLOWED resolve a.example to 9.9.9.9, 8.8.8.8 (2 times)",
            "REFUSED connect 9.9.9.9:80: no (5000 times)",
            "REFUSED resolve b.example: no (5000 times)");
    assertThat(log.snapshot().refused()).hasSize(2);
  }

  @Test
  void anEqualEventAfterTheFirstWasDroppedIsNew() {
    log.add(resolve("a.example").refused("no"));
    for (int port = 1; port <= NetworkLog.MOST_EVENTS; port++) {
      log.add(connect(port).refused("no"));
    }
    log.add(resolve("a.example").refused("no"));
    List<NetworkEvent> events = log.snapshot().events();
    assertThat(events.get(events.size() - 1).hostNames()).containsExactly("a.example");
    assertThat(events.get(events.size() - 1).times()).isEqualTo(1);
  }

  @Test
  void connectionsThatWereAllowedAreEventsOfTheirOwn() {
    LoggedConnection one = log.open(connect(80));
    LoggedConnection two = log.open(connect(80));
    one.ended(1, 2);
    two.failed("Connection refused");
    assertThat(log.snapshot().events())
        .extracting(NetworkEvent::result)
        .containsExactly(Result.ALLOWED, Result.FAILED);
    assertThat(log.snapshot().events().get(0).duration()).isPresent();
    assertThat(log.snapshot().count(Kind.CONNECT, Result.ALLOWED)).isEqualTo(1);
    assertThat(log.snapshot().count(Kind.CONNECT, Result.FAILED)).isEqualTo(1);
  }

  @Test
  void aConnectionThatIsNoLongerKeptStillCounts() {
    LoggedConnection first = log.open(connect(80));
    for (int port = 1; port <= NetworkLog.MOST_EVENTS; port++) {
      log.add(connect(port).refused("no"));
    }
    first.failed("Connection refused");
    assertThat(log.snapshot().count(Kind.CONNECT, Result.FAILED)).isEqualTo(1);
    assertThat(log.snapshot().events()).allMatch(event -> event.result() == Result.REFUSED);
  }

  @Test
  void countsEventsOfAllThreads() {
    IntStream.range(0, 20_000)
        .parallel()
        .forEach(
            i -> {
              log.add(connect(i % 2000).refused("no"));
              LoggedConnection connection = log.open(connect(80));
              if (i % 2 == 0) {
                connection.ended(i, i);
              } else {
                connection.failed("no");
              }
              if (i % 1000 == 0) {
                assertThat(log.snapshot().events()).hasSizeLessThanOrEqualTo(1000);
              }
            });
    NetworkLog all = log.snapshot();
    assertThat(all.count(Kind.CONNECT, Result.REFUSED)).isEqualTo(20_000);
    assertThat(all.count(Kind.CONNECT, Result.ALLOWED)).isEqualTo(10_000);
    assertThat(all.count(Kind.CONNECT, Result.FAILED)).isEqualTo(10_000);
  }

  @Test
  void anEventKeepsItsValuesInACopy() {
    NetworkEvent event =
        resolve("a.example").addresses(List.of(address("9.9.9.9"))).failed("x").times(3).build();
    assertThat(event.toBuilder().build()).isEqualTo(event).hasSameHashCodeAs(event);
    assertThat(event.toBuilder().times(4).build()).isNotEqualTo(event);
    assertThat(event.time()).isEqualTo(NOW);
    NetworkEvent ended = connect(80).ended(1, 2, Duration.ofMillis(5)).build();
    assertThat(ended.toBuilder().build()).isEqualTo(ended);
  }
}

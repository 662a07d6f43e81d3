package io.boxlite.internal.network;

import static io.boxlite.internal.network.SpecialRangeTest.address;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Network;
import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkEvent.Result;
import io.boxlite.internal.host.AddressFamily;
import io.boxlite.internal.host.HostAddresses;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A guest that asks and connects as often as it can. The heap must not grow with that. */
class NetworkFloodTest {
  private static final int ROUNDS = 40_000;

  /** A full log, all grants and a full cache together, with the longest names. */
  private static final long MOST_MIB = 16;

  private static final String LABEL = "a".repeat(60);
  private static final String LONG = String.join(".", LABEL, LABEL, LABEL, "example.org");

  private final AtomicInteger asked = new AtomicInteger();

  /** Returns other addresses each time, as the DNS server of an attacker may. */
  private HostAddresses anything(String name, AddressFamily family) {
    int number = asked.incrementAndGet();
    return HostAddresses.found(
        Stream.iterate(0, i -> i < 8, i -> i + 1).map(i -> number(8 * number + i)).toList());
  }

  private static InetAddress number(int number) {
    return AddressText.of(ByteBuffer.allocate(4).putInt(0x20000000 + (number & 0xffffff)).array());
  }

  private static long heapMib() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
  }

  private static void flood(BoxGateway gateway, int from) throws Exception {
    for (int i = from; i < from + ROUNDS; i++) {
      var answer = gateway.resolve("n" + i + "." + LONG, AddressFamily.IPV4);
      if (i % 4 == 0) {
        answer.get(10, TimeUnit.SECONDS);
      }
      gateway.resolve("refused" + i + ".example", AddressFamily.IPV6);
      gateway.resolve("not a name " + i, AddressFamily.IPV6);
      Decision decision = gateway.decide(number(i), 1 + i % 65535);
      if (decision instanceof Decision.Allowed allowed && i % 2 == 0) {
        allowed.connection().ended(i, i);
      }
    }
  }

  @Test
  void theHeapStaysAsItIs() throws Exception {
    try (NameLookups lookups =
        new NameLookups(this::anything, NameLookups.Limits.DEFAULT, System::nanoTime)) {
      long empty = heapMib();
      BoxGateway list =
          new BoxGateway(Network.allow("*.example.org"), lookups, address("8.8.4.4")::equals);
      BoxGateway open = new BoxGateway(Network.outbound(), lookups, address("8.8.4.4")::equals);
      flood(list, 0);
      flood(open, ROUNDS);
      long full = heapMib();
      assertThat(full).isLessThanOrEqualTo(empty + 2 * MOST_MIB);
      flood(list, 2 * ROUNDS);
      flood(open, 3 * ROUNDS);
      assertThat(heapMib()).isLessThanOrEqualTo(full + 4);
      assertThat(list.log().count(Kind.RESOLVE, Result.REFUSED)).isEqualTo(4L * ROUNDS);
      assertThat(list.log().count(Kind.RESOLVE, Result.ALLOWED)).isGreaterThan(ROUNDS / 4);
      assertThat(list.log().events()).hasSize(1000);
    }
  }

  @Test
  void equalQuestionsThatNobodyAnswersDoNotPileUp() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    HostResolver silent =
        (name, family) -> {
          try {
            answer.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return HostAddresses.found(List.of());
        };
    try (NameLookups lookups =
        new NameLookups(silent, NameLookups.Limits.DEFAULT, System::nanoTime)) {
      BoxGateway gateway = new BoxGateway(Network.outbound(), lookups, address("8.8.4.4")::equals);
      long before = heapMib();
      for (int i = 0; i < 4 * ROUNDS; i++) {
        gateway.resolve("a" + i % 100 + ".example", AddressFamily.IPV4);
      }
      assertThat(heapMib()).isLessThanOrEqualTo(before + 4);
    } finally {
      answer.countDown();
    }
  }
}

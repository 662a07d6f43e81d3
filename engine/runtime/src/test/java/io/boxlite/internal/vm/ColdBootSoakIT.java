package io.boxlite.internal.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cold boots in a row, each at the first attempt: a boot that hangs now and then is found only by
 * booting often. {@code mvn -Psoak verify} makes many of it.
 */
class ColdBootSoakIT {
  private static final Logger log = LoggerFactory.getLogger(ColdBootSoakIT.class);
  private static final int BOOTS = Integer.getInteger("soak.boots", 5);

  @Test
  void everyBootSucceedsAndEveryStopIsInGoodOrder() throws Exception {
    TestGuest guest = TestGuest.open();
    long[] millis = new long[BOOTS];
    for (int i = 0; i < BOOTS; i++) {
      long start = System.nanoTime();
      try (Vm vm = guest.boot()) {
        millis[i] = (System.nanoTime() - start) / 1_000_000;
        assertThat(TestGuest.run(vm, "echo $((6 * 7))")).isEqualTo("42\n");
        long stop = System.nanoTime();
        vm.stop(Duration.ofSeconds(60));
        assertThat(Duration.ofNanos(System.nanoTime() - stop)).isLessThan(Duration.ofSeconds(40));
      }
      Leftovers.assertNone(guest.home());
    }
    long first = millis[0];
    Arrays.sort(millis);
    log.info(
        "{} cold boots: first {} ms, p50 {} ms, p95 {} ms, longest {} ms",
        BOOTS,
        first,
        millis[BOOTS / 2],
        millis[BOOTS * 95 / 100],
        millis[BOOTS - 1]);
  }
}

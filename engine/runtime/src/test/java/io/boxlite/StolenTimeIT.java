package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processor time on a host that has more to do than it has processors for. */
@Timeout(180)
class StolenTimeIT {
  private static final Command WORK =
      Command.of("sh", "-c", "i=0; while [ $i -lt 150000 ]; do i=$((i + 1)); done");
  private static final Command FOR_EVER =
      Command.of("sh", "-c", "while :; do :; done").timeout(Duration.ofMinutes(3));

  /** What others take of caches and of a core with two threads is no time that can be measured. */
  private static final double TOLERANCE = 1.4;

  @Test
  void otherBoxesCostAProgramNoneOfItsProcessorTime() {
    List<Execution> others = new ArrayList<>();
    try (Boxlite boxlite = Boxlite.open();
        LiteBox box = boxlite.create(BoxOptions.builder().memoryMib(128).build())) {
      box.exec(WORK); // the emulator has translated it then
      Duration alone = box.exec(WORK).cpuTime();
      for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
        others.add(boxlite.create(BoxOptions.builder().memoryMib(128).build()).start(FOR_EVER));
      }
      ExecResult among = box.exec(WORK.cpuTime(scaled(alone, TOLERANCE)));
      assertThat(among.outcome()).isEqualTo(Outcome.EXITED);
      assertThat(among.cpuTime()).isBetween(scaled(alone, 1 / TOLERANCE), scaled(alone, TOLERANCE));
      assertThat(among.stolenTime())
          .as("of %s beside %s others", among.wallTime(), others.size())
          .isGreaterThan(alone.dividedBy(4))
          .isLessThan(among.wallTime());
      ExecResult endless = box.exec(FOR_EVER.cpuTime(Duration.ofMillis(300)));
      assertThat(endless.outcome()).isEqualTo(Outcome.CPU_TIME_EXCEEDED);
      assertThat(endless.cpuTime()).isGreaterThanOrEqualTo(Duration.ofMillis(300));
      assertThat(endless.wallTime()).isGreaterThan(endless.cpuTime());
    } finally {
      others.forEach(Execution::close);
    }
  }

  private static Duration scaled(Duration duration, double factor) {
    return Duration.ofNanos((long) (duration.toNanos() * factor));
  }
}

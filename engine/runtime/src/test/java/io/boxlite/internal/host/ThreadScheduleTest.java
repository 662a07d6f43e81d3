package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ThreadScheduleTest {
  private static final long PID = ProcessHandle.current().pid();

  /** What /proc knows this thread by. */
  private static long thisThread() throws Exception {
    Path self = Files.readSymbolicLink(Path.of("/proc/thread-self"));
    return Long.parseLong(self.getFileName().toString());
  }

  @Test
  void tellsWhatAThreadRan() throws Exception {
    ThreadSchedule before = ThreadSchedule.of(PID, thisThread()).orElseThrow();
    long end = System.nanoTime() + 50_000_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    ThreadSchedule had = ThreadSchedule.of(PID, thisThread()).orElseThrow().since(before);
    // It ran or waited for a processor all the time; the account is brought up to date at ticks.
    assertThat(had.runNanos()).isPositive();
    assertThat(had.waitNanos()).isNotNegative();
    assertThat(had.runNanos() + had.waitNanos()).isGreaterThan(30_000_000);
  }

  @Test
  void isEmptyForAThreadThatIsNotThere() {
    assertThat(ThreadSchedule.of(PID, 1L << 40)).isEmpty();
  }

  @Test
  void addsUp() {
    assertThat(new ThreadSchedule(1, 2).plus(new ThreadSchedule(10, 20)))
        .isEqualTo(new ThreadSchedule(11, 22));
  }
}

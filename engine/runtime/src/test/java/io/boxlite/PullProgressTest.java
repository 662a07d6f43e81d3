package io.boxlite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PullProgressTest {
  private static final int MIB = 1 << 20;

  private long now = 1;
  private final List<String> lines = new ArrayList<>();
  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();

  private static PullEvent resolved(int layers, int missing, long bytes) {
    return new PullEvent.Resolved("app:1", "sha256:m", layers, missing, bytes);
  }

  private static PullEvent progress(String layer, long bytes) {
    return new PullEvent.Progress("app:1", layer, bytes, 4 * MIB);
  }

  private static PullEvent completed(long bytes) {
    return new PullEvent.Completed("app:1", "sha256:m", bytes, Duration.ofMillis(1234));
  }

  @Test
  void saysInLinesWhereAPullStandsButNotTooOften() {
    PullProgress progress = PullProgress.lines(lines::add, () -> now);
    progress.onEvent(resolved(3, 2, 8 * MIB));
    for (int second = 1; second <= 12; second++) {
      now += Duration.ofSeconds(1).toNanos();
      progress.onEvent(progress("sha256:a", second * MIB / 4));
      progress.onEvent(progress("sha256:b", second * MIB / 4));
    }
    progress.onEvent(new PullEvent.Retrying("app:1", "the line broke", Duration.ofMillis(500)));
    progress.onEvent(completed(8 * MIB));
    assertThat(lines)
        .containsExactly(
            "pulling app:1: another 2 layers, 8 MiB",
            "pulling app:1: 28 %, 2.3 MiB of 8 MiB",
            "pulling app:1: 59 %, 4.8 MiB of 8 MiB",
            "pulling app:1: the line broke; trying again in 500 ms",
            "pulled app:1: 8 MiB in 1.23 s");
  }

  @Test
  void drawsABarInOneLine() {
    PullProgress progress = PullProgress.bar(new PrintStream(terminal, true, UTF_8), () -> now);
    progress.onEvent(resolved(1, 1, 4 * MIB));
    progress.onEvent(progress("sha256:a", MIB));
    now += Duration.ofMillis(100).toNanos();
    progress.onEvent(progress("sha256:a", 2 * MIB));
    progress.onEvent(completed(4 * MIB));
    assertThat(terminal.toString(UTF_8))
        .isEqualTo(
            "\r\u001b[Kpulling app:1: 1 layer, 4 MiB"
                + "\r\u001b[Kpulling app:1: [###############               ] 50 %,"
                + " 2 MiB of 4 MiB"
                + "\r\u001b[Kpulled app:1: 4 MiB in 1.23 s"
                + System.lineSeparator());
  }

  @Test
  void saysThatNothingWasMissing() {
    PullProgress progress = PullProgress.lines(lines::add, () -> now);
    progress.onEvent(resolved(3, 0, 0));
    progress.onEvent(completed(0));
    assertThat(lines).containsExactly("app:1 is up to date");
  }

  @Test
  void passesOverWhatItCannotPlace() {
    PullProgress progress = PullProgress.lines(lines::add, () -> now);
    progress.onEvent(progress("sha256:a", 1));
    assertThat(lines).isEmpty();
  }
}

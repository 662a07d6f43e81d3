package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeptOutputTest {
  @Test
  void keepsTheEndOfWhatWasWritten() {
    Random random = new Random(3);
    KeptOutput kept = new KeptOutput();
    byte[] all = new byte[5 << 20];
    random.nextBytes(all);
    int end = 0;
    while (end < all.length) {
      int count =
          Math.min(
              all.length - end, 1 + random.nextInt(random.nextInt(20) == 0 ? 1_500_000 : 5000));
      kept.add(ByteString.copyFrom(all, end, count));
      end += count;
      int start = Math.max(0, end - KeptOutput.KEPT_BYTES);
      assertThat(kept.end()).isEqualTo(end);
      assertThat(kept.start()).isEqualTo(start);
      if (random.nextInt(20) == 0) {
        assertThat(Arrays.equals(kept.all(), Arrays.copyOfRange(all, start, end))).isTrue();
        int from = start + random.nextInt(end - start);
        byte[] some = new byte[100];
        int got = kept.read(from, some, 10, 50);
        assertThat(got).isEqualTo(Math.min(50, end - from));
        assertThat(Arrays.copyOfRange(some, 10, 10 + got))
            .isEqualTo(Arrays.copyOfRange(all, from, from + got));
      }
    }
    assertThat(Arrays.equals(kept.all(), Arrays.copyOfRange(all, 4 << 20, 5 << 20))).isTrue();
  }

  @Test
  void whatWasSkippedSeparatesTheOldFromTheNew() {
    KeptOutput kept = new KeptOutput();
    kept.add(ByteString.copyFromUtf8("old"));
    kept.skip(100_000);
    assertThat(kept.all()).isEmpty();
    kept.add(ByteString.copyFromUtf8("new"));
    assertThat(kept.all()).asString().isEqualTo("new");
    assertThat(kept.start()).isEqualTo(100_003);
  }
}

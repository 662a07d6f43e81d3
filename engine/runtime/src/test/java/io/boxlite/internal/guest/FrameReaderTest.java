package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {
  private static final byte[] PONG = pong();

  private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
  private final FrameReader reader = new FrameReader(stream -> stream == 1);

  private static byte[] pong() {
    byte[] pong = FrameReader.PING.clone();
    pong[4] = 1; // ACK
    return pong;
  }

  private @Nullable String read(byte[] bytes, int from, int to) {
    ByteBuf received = Unpooled.copiedBuffer(bytes, from, to - from);
    String fault =
        reader.read(
            received,
            part -> {
              byte[] copy = new byte[part.readableBytes()];
              part.readBytes(copy);
              part.release();
              passed.writeBytes(copy);
            });
    assertThat(received.refCnt()).isZero();
    return fault;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void passesAllOnButItsOwnPongsHoweverTheyAreCut(long seed) {
    Random random = new Random(seed);
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    ByteArrayOutputStream others = new ByteArrayOutputStream();
    for (int i = 0; i < 200; i++) {
      byte[] frame = FloodingGuest.frame(random.nextInt(10), 0, random.nextInt(5), bytes(random));
      sent.writeBytes(frame);
      others.writeBytes(frame);
      if (i == 100) {
        sent.writeBytes(PONG);
      }
    }
    assertThat(reader.expectPong()).isTrue();
    assertThat(reader.expectPong()).isFalse();
    byte[] all = sent.toByteArray();
    for (int from = 0; from < all.length; ) {
      int to = Math.min(all.length, from + 1 + random.nextInt(40));
      assertThat(read(all, from, to)).isNull();
      from = to;
    }
    assertThat(passed.toByteArray()).isEqualTo(others.toByteArray());
    assertThat(reader.expectPong()).isTrue();
    reader.release();
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(100)];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void refusesAPongThatNobodyWaitsFor() {
    assertThat(read(PONG, 0, PONG.length)).contains("ping that was not sent");
    assertThat(passed.size()).isZero();
  }

  @Test
  void refusesAPongOfAnotherPing() {
    assertThat(reader.expectPong()).isTrue();
    byte[] other = FloodingGuest.frame(6, 1, 0, new byte[8]);
    assertThat(read(other, 0, other.length)).contains("ping that was not sent");
  }

  @Test
  void dataOfAnOpenStreamCostsNothingAndAllElseDoes() {
    byte[] wanted = FloodingGuest.frame(0, 0, 1, new byte[5000]);
    read(wanted, 0, wanted.length);
    assertThat(reader.takeCost()).isZero();
    byte[] unwanted = FloodingGuest.frame(0, 0, 3, new byte[5120]);
    read(unwanted, 0, unwanted.length);
    assertThat(reader.takeCost()).isEqualTo(21);
    byte[] empty = FloodingGuest.frame(0, 0, 1);
    read(empty, 0, empty.length);
    byte[] ping = FloodingGuest.frame(6, 0, 0, new byte[8]);
    read(ping, 0, ping.length);
    assertThat(reader.takeCost()).isEqualTo(101);
  }

  @Test
  void aBudgetIsEarnedByTimeAndByWhatIsSent() {
    FrameBudget budget = new FrameBudget(0);
    assertThat(budget.spend(40_000, 0)).isTrue();
    assertThat(budget.spend(1, 0)).isFalse();
    FrameBudget other = new FrameBudget(0);
    assertThat(other.spend(40_000, 0)).isTrue();
    assertThat(other.spend(1_000, 1_000_000_000)).isTrue();
    for (int i = 0; i < 1000; i++) {
      other.sent(17); // the response to a ping of the guest
    }
    other.sent(1600);
    assertThat(other.spend(100, 1_000_000_000)).isTrue();
    assertThat(other.spend(1, 1_000_000_000)).isFalse();
  }
}

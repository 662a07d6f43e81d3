package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteQueueTest {
  private final ByteQueue queue = new ByteQueue();

  @Test
  void givesBytesBackInOrderWhateverTheSizesOfPiecesAndReads() {
    Random random = new Random(42);
    ByteArrayOutputStream in = new ByteArrayOutputStream();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[100_000];
    for (int round = 0; round < 500; round++) {
      byte[] piece = new byte[random.nextInt(70_000)];
      random.nextBytes(piece);
      in.writeBytes(piece);
      queue.add(ByteString.copyFrom(piece));
      int count = queue.take(buffer, 3, random.nextInt(90_000));
      out.write(buffer, 3, count);
      assertThat(queue.size()).isEqualTo(in.size() - out.size());
    }
    out.writeBytes(queue.takeAll().toByteArray());
    assertThat(out.toByteArray()).isEqualTo(in.toByteArray());
    assertThat(queue.size()).isZero();
  }

  @Test
  void keepsTheLastBytesWhateverTheSizesOfPieces() {
    Random random = new Random(43);
    ByteArrayOutputStream in = new ByteArrayOutputStream();
    for (int round = 0; round < 100; round++) {
      byte[] piece = new byte[random.nextInt(70_000)];
      random.nextBytes(piece);
      in.writeBytes(piece);
      queue.add(ByteString.copyFrom(piece));
      boolean more = queue.size() > 100_000;
      assertThat(queue.trimTo(100_000)).isEqualTo(more);
    }
    byte[] all = in.toByteArray();
    assertThat(queue.takeAll().toByteArray())
        .isEqualTo(Arrays.copyOfRange(all, all.length - 100_000, all.length));
    assertThat(queue.trimTo(0)).isFalse();
  }

  @Test
  void isUsableAfterItWasCleared() {
    queue.add(ByteString.copyFrom(new byte[40_000]));
    queue.take(new byte[10], 0, 10);
    queue.clear();
    queue.add(ByteString.copyFromUtf8("again"));
    assertThat(queue.takeAll().toStringUtf8()).isEqualTo("again");
  }

  @Test
  void joinsSmallPieces() {
    for (int i = 0; i < 100_000; i++) {
      queue.add(ByteString.copyFrom(new byte[] {(byte) i}));
    }
    List<Integer> parts = new ArrayList<>();
    queue.forEach(0, 100_000, part -> parts.add(part.remaining()));

    assertThat(parts).hasSizeLessThan(100);
    assertThat(queue.takeAll().byteAt(70_000)).isEqualTo((byte) 70_000);
  }

  @Test
  void passesOnAnyPartOfWhatWaits() {
    Random random = new Random(44);
    ByteArrayOutputStream in = new ByteArrayOutputStream();
    for (int round = 0; round < 50; round++) {
      byte[] piece = new byte[random.nextInt(30_000)];
      random.nextBytes(piece);
      in.writeBytes(piece);
      queue.add(ByteString.copyFrom(piece));
      int offset = random.nextInt(in.size() + 1);
      int length = random.nextInt(in.size() + 1 - offset);
      ByteBuffer passedOn = ByteBuffer.allocate(length);
      queue.forEach(offset, length, passedOn::put);

      assertThat(passedOn.array())
          .isEqualTo(Arrays.copyOfRange(in.toByteArray(), offset, offset + length));
    }
    queue.remove(12_345);
    assertThat(queue.takeAll().toByteArray())
        .isEqualTo(Arrays.copyOfRange(in.toByteArray(), 12_345, in.size()));
  }
}

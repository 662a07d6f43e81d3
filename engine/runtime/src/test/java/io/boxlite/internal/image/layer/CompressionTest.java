package io.boxlite.internal.image.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.HostTool;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompressionTest {
  private static final byte[] SKIPPABLE = {0x5a, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 't', 'o', 'c', '!'};

  @TempDir Path directory;

  private final byte[] content = new byte[2_000_000];

  @BeforeEach
  void fillWithWhatCompressesSomewhat() {
    Random random = new Random(5);
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (random.nextInt(16) * (i / 5000 % 3));
    }
  }

  @Test
  void passesOnWhatIsNotCompressed() throws IOException {
    assertThat(decompress(content)).isEqualTo(content);
    assertThat(decompress(new byte[0])).isEmpty();
    assertThat(decompress(new byte[] {1})).containsExactly(1);
  }

  @Test
  void closesWhatItCannotDecompress() {
    AtomicBoolean closed = new AtomicBoolean();
    InputStream cut =
        new ByteArrayInputStream(new byte[] {0x1f, (byte) 0x8b}) {
          @Override
          public void close() {
            closed.set(true);
          }
        };
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> Compression.decompress(cut));
    assertThat(closed).isTrue();
  }

  @Test
  void readsGzipOfSeveralMembers() throws IOException {
    byte[] several = join(gzip(content), gzip(new byte[0]), gzip("end".getBytes(UTF_8)));
    assertThat(decompress(several)).isEqualTo(join(content, "end".getBytes(UTF_8)));
  }

  @Test
  void readsSeveralMembersFromAStreamThatNeverSaysThatItHasMore() throws IOException {
    byte[] member = gzip(content);
    InputStream silent =
        new SequenceInputStream(
            new ByteArrayInputStream(member), new ByteArrayInputStream(member)) {
          @Override
          public int available() {
            return 0;
          }
        };
    try (InputStream in = Compression.decompress(silent)) {
      assertThat(in.readAllBytes()).isEqualTo(join(content, content));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "-19", "--ultra -22", "--long=27", "--no-check"})
  void readsZstandardOfAnyLevel(String options) throws IOException {
    assertThat(decompress(zstd(content, options))).isEqualTo(content);
  }

  @Test
  void readsZstandardOfSeveralFramesAndPassesOverSkippableOnes() throws IOException {
    byte[] end = "end".getBytes(UTF_8);
    byte[] several =
        join(SKIPPABLE, zstd(content, "-3"), SKIPPABLE, zstd(new byte[0], "-3"), zstd(end, "-3"));
    assertThat(decompress(join(several, SKIPPABLE))).isEqualTo(join(content, end));
  }

  @Test
  void readsZstandardThatWasWrittenWithoutKnowingItsSize() throws IOException {
    assertThat(decompress(pipedZstd(content, "-3"))).isEqualTo(content);
  }

  @Test
  void readsZstandardThatGoesBackForMoreThanEightMebibytes() throws IOException {
    byte[] random = new byte[1 << 20];
    new Random(6).nextBytes(random);
    byte[] far = join(random, new byte[30 << 20], random);
    byte[] compressed = pipedZstd(far, "--long=27");
    assertThat(compressed).hasSizeLessThan(3 << 19);
    assertThat(decompress(compressed)).isEqualTo(far);
  }

  @Test
  void refusesAWindowOfTwoGibibytes() throws IOException {
    byte[] compressed = pipedZstd(content, "--long=31");
    assertDamaged(compressed, "requires a window of more than 128 MiB, which is the limit");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.00001, 0.3, 0.999999})
  void tellsThatAStreamIsTruncated(double part) {
    for (byte[] whole : new byte[][] {gzip(content), zstd(content, "-3")}) {
      byte[] cut = Arrays.copyOf(whole, Math.max(7, (int) (part * whole.length)));
      assertDamaged(cut, "truncated");
    }
  }

  @Test
  void tellsThatAStreamIsDamaged() {
    for (byte[] whole : new byte[][] {gzip(content), zstd(content, "-3")}) {
      for (int at = 20; at < whole.length; at += whole.length / 7) {
        byte[] damaged = whole.clone();
        damaged[at] ^= 0x55;
        assertThatExceptionOfType(ImageIntegrityException.class)
            .isThrownBy(() -> decompress(damaged));
      }
    }
  }

  @Test
  void refusesGarbageBetweenZstandardFrames() {
    assertDamaged(join(zstd(content, "-3"), "garbage".getBytes(UTF_8)), "damaged");
  }

  @Test
  void refusesAWindowThatWouldFillTheMemory() {
    byte[] frame = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) 0xf8, 1, 0, 0};
    assertDamaged(frame, "window of more than 128 MiB");
    byte[] single = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, (byte) 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40};
    assertDamaged(single, "window of more than 128 MiB");
  }

  @Test
  void namesCompressionsThatImagesDoNotHave() {
    assertDamaged(new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0}, "compressed with xz");
    assertDamaged("BZh91AY".getBytes(UTF_8), "compressed with bzip2");
  }

  private static byte[] decompress(byte[] bytes) throws IOException {
    try (InputStream in = Compression.decompress(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }

  private static void assertDamaged(byte[] bytes, String message) {
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> decompress(bytes))
        .withMessageContaining(message);
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  private byte[] zstd(byte[] bytes, String options) {
    try {
      Path file = Files.write(directory.resolve("content"), bytes);
      Path compressed = directory.resolve("content.zst");
      HostTool.run("sh", "-c", "zstd -q -f " + options + " " + file + " -o " + compressed);
      return Files.readAllBytes(compressed);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Without knowing the size, so that the frame asks for the window of the option or level. */
  private byte[] pipedZstd(byte[] bytes, String options) throws IOException {
    Path file = Files.write(directory.resolve("content"), bytes);
    Path compressed = directory.resolve("piped.zst");
    HostTool.run("sh", "-c", "cat " + file + " | zstd -c " + options + " > " + compressed);
    return Files.readAllBytes(compressed);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}

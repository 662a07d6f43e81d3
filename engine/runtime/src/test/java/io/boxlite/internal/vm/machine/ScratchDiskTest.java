package io.boxlite.internal.vm.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchDiskTest {
  private static final int SEED_BYTES = (3 << 20) + 1000; // not a whole number of blocks

  @TempDir Path directory;
  private Path seed;
  private Path disk;

  @BeforeEach
  void makeSeed() throws IOException {
    seed = directory.resolve("seed");
    disk = directory.resolve("disk");
    byte[] data = new byte[5000];
    new Random(1).nextBytes(data);
    try (RandomAccessFile file = new RandomAccessFile(seed.toFile(), "rw")) {
      file.setLength(SEED_BYTES);
      for (long offset : new long[] {0, 4095, 1 << 20, (2 << 20) - 2500, SEED_BYTES - 5000}) {
        file.seek(offset);
        file.write(data);
      }
    }
  }

  @Test
  void startsAsTheSeedAndIsZeroFromThereOn() throws IOException {
    ScratchDisk.create(seed, disk, 16);
    assertThat(Files.size(disk)).isEqualTo(16 << 20);
    try (InputStream in = Files.newInputStream(disk)) {
      assertThat(in.readNBytes(SEED_BYTES)).isEqualTo(Files.readAllBytes(seed));
      assertThat(in.readAllBytes()).containsOnly(0);
    }
  }

  @Test
  void takesNoMoreRoomOnTheHostThanTheSeedHasData() throws Exception {
    ScratchDisk.create(seed, disk, 4096);
    assertThat(Files.size(disk)).isEqualTo(4096L << 20);
    Process du = new ProcessBuilder("du", "-k", disk.toString()).start();
    String kib = new String(du.getInputStream().readAllBytes(), UTF_8).split("\\s")[0];
    assertThat(Integer.parseInt(kib)).isBetween(1, 128);
  }

  @Test
  void mayBeExactlyAsLargeAsTheSeed() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(seed.toFile(), "rw")) {
      file.setLength(4 << 20);
      file.seek((4 << 20) - 1);
      file.write(7);
    }
    ScratchDisk.create(seed, disk, 4);
    assertThat(disk).hasSameBinaryContentAs(seed);
  }

  @Test
  void refusesToBeSmallerThanTheSeed() {
    assertThatThrownBy(() -> ScratchDisk.create(seed, disk, 2))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("2 MiB")
        .hasMessageContaining(seed.toString());
  }

  @Test
  void neverOverwrites() throws IOException {
    Files.writeString(disk, "precious");
    assertThatThrownBy(() -> ScratchDisk.create(seed, disk, 16))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(disk).hasContent("precious");
  }
}

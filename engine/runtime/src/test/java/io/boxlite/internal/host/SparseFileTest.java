package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseFileTest {
  private static final int SIZE = (4 << 20) + 123;

  @TempDir private Path directory;
  private Path original;

  @BeforeEach
  void write() throws IOException {
    original = directory.resolve("original");
    byte[] data = new byte[5000];
    new Random(7).nextBytes(data);
    try (RandomAccessFile file = new RandomAccessFile(original.toFile(), "rw")) {
      file.setLength(SIZE);
      for (long offset : new long[] {0, 8192, 1 << 20, (2 << 20) - 2500, SIZE - 5000}) {
        file.seek(offset);
        file.write(data);
      }
    }
  }

  @Test
  void aCopyHasTheSameBytesAndTheSameChecksum() throws IOException {
    Path copy = directory.resolve("copy");
    long checksum = SparseFile.copy(original, copy);
    assertThat(copy).hasSameBinaryContentAs(original);
    assertThat(SparseFile.checksum(original)).isEqualTo(checksum);
    assertThat(SparseFile.checksum(copy)).isEqualTo(checksum);
  }

  @Test
  void zerosThatAreNoHolesMakeNoDifference() throws IOException {
    Path dense = Files.write(directory.resolve("dense"), Files.readAllBytes(original));
    assertThat(SparseFile.checksum(dense)).isEqualTo(SparseFile.checksum(original));
    Path copy = directory.resolve("copy");
    SparseFile.copy(dense, copy);
    assertThat(DiskUsage.bytes(copy)).isLessThan(DiskUsage.bytes(dense) / 10);
  }

  @Test
  void oneBitThatIsAnotherIsSeen() throws IOException {
    long before = SparseFile.checksum(original);
    flipBit(1 << 20);
    assertThat(SparseFile.checksum(original)).isNotEqualTo(before);
    flipBit(1 << 20);
    assertThat(SparseFile.checksum(original)).isEqualTo(before);
    flipBit(3 << 20); // in a hole
    assertThat(SparseFile.checksum(original)).isNotEqualTo(before);
  }

  @Test
  void blocksThatChangedPlacesAreSeen() throws IOException {
    Path swapped = directory.resolve("swapped");
    byte[] bytes = new byte[2 * 4096];
    bytes[0] = 1;
    bytes[4096] = 2;
    Files.write(original, bytes);
    bytes[0] = 2;
    bytes[4096] = 1;
    Files.write(swapped, bytes);
    assertThat(SparseFile.checksum(swapped)).isNotEqualTo(SparseFile.checksum(original));
  }

  @Test
  void anEmptyFileCanBeCopied() throws IOException {
    Path empty = Files.createFile(directory.resolve("empty"));
    SparseFile.copy(empty, directory.resolve("copy"));
    assertThat(directory.resolve("copy")).isEmptyFile();
  }

  @Test
  void nothingIsOverwritten() throws IOException {
    Path precious = Files.writeString(directory.resolve("precious"), "precious");
    assertThatThrownBy(() -> SparseFile.copy(original, precious))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(precious).hasContent("precious");
  }

  private void flipBit(long offset) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(original.toFile(), "rw")) {
      file.seek(offset);
      int value = file.read();
      file.seek(offset);
      file.write(value ^ 1);
    }
  }
}

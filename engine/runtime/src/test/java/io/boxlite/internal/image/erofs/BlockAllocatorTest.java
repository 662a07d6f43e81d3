package io.boxlite.internal.image.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImageIntegrityException;
import org.junit.jupiter.api.Test;

class BlockAllocatorTest {
  private final BlockAllocator blocks = new BlockAllocator(10);

  @Test
  void handsOutBlocksInARow() {
    assertThat(blocks.allocate(3)).isEqualTo(10);
    assertThat(blocks.allocate(1)).isEqualTo(13);
    assertThat(blocks.end()).isEqualTo(14);
  }

  @Test
  void takesTheSmallestFreeRunThatFits() {
    blocks.allocate(100);
    blocks.free(20, 10);
    blocks.free(50, 4);
    assertThat(blocks.allocate(3)).isEqualTo(50);
    assertThat(blocks.allocate(1)).isEqualTo(53);
    assertThat(blocks.allocate(8)).isEqualTo(20);
    assertThat(blocks.allocate(3)).isEqualTo(110);
  }

  @Test
  void joinsFreeRunsWithTheirNeighbours() {
    blocks.allocate(30);
    blocks.free(10, 5);
    blocks.free(20, 5);
    blocks.free(15, 5);
    assertThat(blocks.allocate(15)).isEqualTo(10);
    assertThat(blocks.allocate(1)).isEqualTo(40);
  }

  @Test
  void givesZeroedBlocksFromTheEndOnly() {
    blocks.allocate(30);
    blocks.free(10, 20);
    assertThat(blocks.allocateZeroed(1)).isEqualTo(40);
  }

  @Test
  void refusesMoreThanAddressesCanName() {
    blocks.allocateZeroed(0xffff_fff0L - 10);
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> blocks.allocate(16))
        .withMessageContaining("16 TiB");
  }
}

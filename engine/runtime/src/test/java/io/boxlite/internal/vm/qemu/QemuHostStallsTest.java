package io.boxlite.internal.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QemuHostStallsTest {
  @Test
  void timeThatNobodyHasAnAccountOfIsNotHeldAgainstTheGuest() {
    long nobody = 1L << 40;
    QemuHostStalls hostStalls = new QemuHostStalls(() -> nobody);
    hostStalls.begin();
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < 1_000_000) {
      Thread.onSpinWait();
    }
    assertThat(hostStalls.nanos()).isGreaterThanOrEqualTo(1_000_000);
  }
}

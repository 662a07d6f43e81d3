package io.boxlite.internal.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QemuHindranceTest {
  @Test
  void timeThatNobodyHasAnAccountOfIsNotHeldAgainstTheGuest() {
    long nobody = 1L << 40;
    QemuHindrance hindrance = new QemuHindrance(nobody);
    hindrance.begin();
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < 1_000_000) {
      Thread.onSpinWait();
    }
    assertThat(hindrance.nanos()).isGreaterThanOrEqualTo(1_000_000);
  }
}

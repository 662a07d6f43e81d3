package io.boxlite.internal.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QemuExitTest {
  @Test
  void aKillOfOursIsBlamedOnNobodyElse() {
    QemuExit ours = new QemuExit(128 + 9, true, "", "");
    assertThat(ours.isKilledByUs()).isTrue();
    assertThat(ours.isOfItself()).isFalse();
    assertThat(ours.describe()).isEqualTo("it was ended");
  }

  @Test
  void aKillOfAnothersIsPerhapsTheOomKillers() {
    QemuExit another = new QemuExit(128 + 9, false, "", "last words");
    assertThat(another.isKilledByUs()).isFalse();
    assertThat(another.describe())
        .isEqualTo(
            "QEMU was killed by signal 9 (by the host's OOM killer, or by somebody),"
                + " saying: last words");
  }

  @Test
  void anEndThatCameBeforeOursIsTold() {
    QemuExit before = new QemuExit(1, true, "", "cannot open the disk");
    assertThat(before.isKilledByUs()).isFalse();
    assertThat(before.describe())
        .isEqualTo("QEMU ended with exit code 1, saying: cannot open the disk");
  }
}

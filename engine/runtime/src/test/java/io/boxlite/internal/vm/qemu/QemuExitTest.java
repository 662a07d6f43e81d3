package io.boxlite.internal.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.internal.vm.machine.ExitReport;
import org.junit.jupiter.api.Test;

class QemuExitTest {
  @Test
  void aKillOfOursIsBlamedOnNobodyElse() {
    QemuExit ours = new QemuExit(128 + 9, true, "", "", "");
    assertThat(ours.report()).isEqualTo(new ExitReport("it was killed", false, true));
  }

  @Test
  void aKillOfAnothersIsPerhapsTheOomKillers() {
    QemuExit another = new QemuExit(128 + 9, false, "", "last words", "");
    assertThat(another.report())
        .isEqualTo(
            new ExitReport(
                "QEMU was killed by signal 9 (by the host's OOM killer or by a user),"
                    + " saying: last words",
                false,
                false));
  }

  @Test
  void anEndThatCameBeforeOursIsTold() {
    QemuExit before = new QemuExit(1, true, "", "cannot open the disk", "");
    assertThat(before.report())
        .isEqualTo(
            new ExitReport(
                "QEMU ended with exit code 1, saying: cannot open the disk", true, false));
  }
}

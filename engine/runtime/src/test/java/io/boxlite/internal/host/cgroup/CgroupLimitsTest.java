package io.boxlite.internal.host.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CgroupLimitsTest {
  @Test
  void zeroIsNoLimit() {
    assertThat(CgroupLimits.NONE).isEqualTo(new CgroupLimits(0, 0, 0, 0));
    assertThat(CgroupLimits.NONE.withMemoryBytes(1 << 20).withProcesses(1).withCpuQuota(1))
        .isEqualTo(new CgroupLimits(1 << 20, 1, 1, 0));
  }

  @Test
  void refusesValuesOutOfRange() {
    assertThatThrownBy(() -> CgroupLimits.NONE.withMemoryBytes(4096))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("memoryBytes is 4096; it must be at least 1 MiB, or 0 for no limit");
    assertThatThrownBy(() -> CgroupLimits.NONE.withMemoryBytes(-1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CgroupLimits.NONE.withProcesses(-1))
        .hasMessageContaining("processes is -1");
    assertThatThrownBy(() -> CgroupLimits.NONE.withCpuQuota(-1))
        .hasMessageContaining("cpuQuota is -1");
    assertThatThrownBy(() -> CgroupLimits.NONE.withCpuWeight(10_001))
        .hasMessage("cpuWeight is 10001; it must be from 1 to 10000, or 0 for no limit");
  }
}

package io.boxlite.internal.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CpuLevelTest {
  private static final String V1 = "processor : 0\nmodel name : x\nflags\t\t: fpu sse sse2 lm";
  private static final String V2 = V1 + " cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3";
  private static final String V3 = V2 + " avx avx2 bmi1 bmi2 f16c fma abm movbe xsave";
  private static final String V4 = V3 + " avx512f avx512bw avx512cd avx512dq avx512vl";

  @Test
  void isTheHighestWhoseFlagsAreAllThere() {
    assertThat(CpuLevel.of(V1)).isEqualTo(1);
    assertThat(CpuLevel.of(V2 + "\nbugs : x")).isEqualTo(2);
    assertThat(CpuLevel.of(V3.replace("fma ", ""))).isEqualTo(2);
    assertThat(CpuLevel.of(V3)).isEqualTo(3);
    assertThat(CpuLevel.of(V4)).isEqualTo(4);
    assertThat(CpuLevel.of(V4.replace("popcnt", ""))).isEqualTo(1);
    assertThat(CpuLevel.of("")).isEqualTo(1);
  }

  @Test
  void isNeverMoreForAllBoxesThanQemuEmulates() {
    assertThat(CpuLevel.OF_ALL_BOXES).isBetween(1, 3);
    assertThat(CpuLevel.OF_SOME_BOXES).isBetween(3, 4);
  }
}

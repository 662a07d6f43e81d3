package io.boxlite.internal.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Levels of the x86-64 architecture, from 1 to 4 (x86-64 psABI 1.0, section 3.1.1,
 * "Micro-architecture Levels").
 */
public final class CpuLevel {
  /** The level that QEMU emulates since version 7.2: AVX2, but not AVX-512. */
  private static final int EMULATED = 3;

  /**
   * The flags of /proc/cpuinfo that each level requires in addition to the one below, from level 2.
   */
  private static final List<Set<String>> FLAGS =
      List.of(
          Set.of("cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"),
          Set.of("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"),
          Set.of("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"));

  private static final int HOST = ofHost();

  /** The level that every box has, with KVM or emulated. */
  public static final int OF_ALL_BOXES = Math.min(HOST, EMULATED);

  /** The highest level that any box can have. */
  public static final int OF_SOME_BOXES = Math.max(HOST, EMULATED);

  private CpuLevel() {}

  private static int ofHost() {
    try {
      return of(Files.readString(Path.of("/proc/cpuinfo")));
    } catch (IOException e) {
      return 1;
    }
  }

  /** Returns the level of the first processor in a text in the format of /proc/cpuinfo. */
  static int of(String cpuinfo) {
    Set<String> flags =
        cpuinfo
            .lines()
            .filter(line -> line.startsWith("flags"))
            .findFirst()
            .<Set<String>>map(line -> new HashSet<>(List.of(line.split("\\s+"))))
            .orElse(Set.of());
    int level = 1;
    for (Set<String> more : FLAGS) {
      if (!flags.containsAll(more)) {
        break;
      }
      level++;
    }
    return level;
  }
}

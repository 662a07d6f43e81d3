package io.boxlite.internal.host.cgroup;

/**
 * What all processes of a cgroup may use together. 0 means no limit.
 *
 * @param memoryBytes memory, including page cache and swap, in bytes
 * @param processes processes and threads
 * @param cpuQuota processor time, in hundredths of a processor: 150 is one and a half processors
 * @param cpuWeight the share of processor time when it is scarce, from 1 to 10000; the kernel's
 *     default is 100
 */
public record CgroupLimits(long memoryBytes, int processes, int cpuQuota, int cpuWeight) {
  /** No limits. */
  public static final CgroupLimits NONE = new CgroupLimits(0, 0, 0, 0);

  private static final long MIN_MEMORY = 1 << 20;
  private static final int MAX_WEIGHT = 10_000;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException when a value is out of its range
   */
  public CgroupLimits {
    if (memoryBytes != 0 && memoryBytes < MIN_MEMORY) {
      throw new IllegalArgumentException(
          "memoryBytes is " + memoryBytes + "; it must be at least 1 MiB, or 0 for no limit");
    }
    requireRange("processes", processes, Integer.MAX_VALUE);
    requireRange("cpuQuota", cpuQuota, Integer.MAX_VALUE);
    requireRange("cpuWeight", cpuWeight, MAX_WEIGHT);
  }

  private static void requireRange(String name, int value, int max) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be from 1 to " + max + ", or 0 for no limit");
    }
  }

  /** Returns these limits with another limit of memory, in bytes. */
  public CgroupLimits withMemoryBytes(long bytes) {
    return new CgroupLimits(bytes, processes, cpuQuota, cpuWeight);
  }

  /** Returns these limits with another limit of processes and threads. */
  public CgroupLimits withProcesses(int number) {
    return new CgroupLimits(memoryBytes, number, cpuQuota, cpuWeight);
  }

  /** Returns these limits with another limit of processor time, in hundredths of a processor. */
  public CgroupLimits withCpuQuota(int hundredths) {
    return new CgroupLimits(memoryBytes, processes, hundredths, cpuWeight);
  }

  /** Returns these limits with another weight, from 1 to 10000. */
  public CgroupLimits withCpuWeight(int weight) {
    return new CgroupLimits(memoryBytes, processes, cpuQuota, weight);
  }
}

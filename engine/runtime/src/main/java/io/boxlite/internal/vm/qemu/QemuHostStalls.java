package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.guest.HostStalls;
import io.boxlite.internal.host.ThreadSchedule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Measures how long the host kept a QEMU process from running, mostly because other processes used
 * the processors.
 *
 * <p>Only one thread at a time may measure.
 */
final class QemuHostStalls implements HostStalls {
  private static final Path MACHINE = Path.of("/proc/stat");

  /** Field 8 of the first line of {@code /proc/stat}, after the line's name (proc(5)). */
  private static final int STEAL = 8;

  /** USER_HZ, the kernel's unit for it, which is 100 on all supported platforms. */
  private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1) / 100;

  /**
   * How long it may be stopped, or wait for a disk, during one silence of the guest. Limited
   * because a guest can cause disk waits.
   */
  private static final long LONGEST_STANDSTILL = TimeUnit.SECONDS.toNanos(30);

  /** A longer gap between two calls starts a new measurement. */
  private static final long FRESH_START = TimeUnit.SECONDS.toNanos(2);

  private final LongSupplier pid;
  private final VcpuThreads vcpus;
  private long askedNanos = System.nanoTime() - FRESH_START;
  private long standstill;
  private List<ThreadSchedule> schedules = List.of();
  private long stolen;

  /**
   * Measures a process.
   *
   * @param pid returns its id, which may not be known before QEMU answers
   */
  QemuHostStalls(LongSupplier pid) {
    this.pid = pid;
    vcpus = new VcpuThreads(pid);
  }

  @Override
  public synchronized void begin() {
    long unused = nanos();
    standstill = 0; // a long-lived box may wait for disks often
  }

  @Override
  public synchronized long nanos() {
    long now = System.nanoTime();
    long passed = now - askedNanos;
    askedNanos = now;
    List<ThreadSchedule> before = schedules;
    schedules = schedules();
    long stolenBefore = stolen;
    stolen = stolen();
    if (passed >= FRESH_START) {
      standstill = 0;
      return 0;
    }
    if (schedules.stream().noneMatch(schedule -> schedule.runNanos() > 0)) {
      return passed; // without CONFIG_SCHED_INFO in the kernel it is unknown whether it could run
    }
    if (standsStill() && standstill < LONGEST_STANDSTILL) {
      standstill += passed;
      return passed;
    }
    long waited = 0;
    for (int i = 0; i < Math.min(before.size(), schedules.size()); i++) {
      waited = Math.max(waited, schedules.get(i).since(before.get(i)).waitNanos());
    }
    return Math.min(passed, waited + stolen - stolenBefore);
  }

  @Override
  public List<ThreadSchedule> processors() {
    return vcpus.schedules();
  }

  /**
   * Returns the statistics of QEMU's main thread, which carries messages, and of the vCPU threads.
   */
  private List<ThreadSchedule> schedules() {
    List<ThreadSchedule> all = new ArrayList<>();
    long main = pid.getAsLong();
    ThreadSchedule.of(main, main).ifPresent(all::add);
    all.addAll(vcpus.schedules());
    return all;
  }

  /**
   * Returns the steal time per processor: what the host of this machine took away, if this machine
   * is virtual itself.
   */
  private static long stolen() {
    try (var lines = Files.newBufferedReader(MACHINE, StandardCharsets.US_ASCII)) {
      String[] fields = String.valueOf(lines.readLine()).split(" +", -1);
      return Long.parseLong(fields[STEAL])
          * TICK_NANOS
          / Runtime.getRuntime().availableProcessors();
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }

  /** Returns whether one of its threads is stopped, or waits for a disk (proc(5), {@code stat}). */
  private boolean standsStill() {
    Path tasks = Path.of("/proc", Long.toString(pid.getAsLong()), "task");
    try (DirectoryStream<Path> directory = Files.newDirectoryStream(tasks)) {
      for (Path task : directory) {
        String stat = Files.readString(task.resolve("stat"), StandardCharsets.ISO_8859_1);
        // After the name, which may contain blanks and parentheses.
        if ("DTt".indexOf(stat.charAt(stat.lastIndexOf(')') + 2)) >= 0) {
          return true;
        }
      }
    } catch (IOException | RuntimeException e) {
      // QEMU, or one of its threads, has just ended.
    }
    return false;
  }
}

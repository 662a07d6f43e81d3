package io.boxlite.internal.guest;

import io.boxlite.internal.host.ThreadSchedule;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The processor time of one execution, without what the host took away.
 *
 * <p>The clock of a guest runs on while a processor of its machine waits for one of the host's, and
 * its accounts take that for work. How long a machine's processors ran, the host knows; for whom,
 * only the guest does. So of what the guest says an execution has used, the share is taken off that
 * all its accounts together are above what the host has counted: at most what the host has seen its
 * processors wait. A guest that knows of stolen time by itself, as with KVM, has taken it off
 * already, and its accounts are not above.
 */
final class CpuAccount {
  private final Supplier<List<ThreadSchedule>> processors;
  private final int threads;
  private final Optional<ThreadSchedule> begin;
  private long guestBegin;

  /**
   * How much was used until some moment.
   *
   * @param cpuNanos processor time of the execution
   * @param stolenNanos for how long the machine's processors have waited for the host's
   * @param runNanos for how long they ran
   */
  record Reading(long cpuNanos, long stolenNanos, long runNanos) {}

  /** Begins now. */
  CpuAccount(Supplier<List<ThreadSchedule>> processors) {
    this.processors = processors;
    List<ThreadSchedule> now = processors.get();
    threads = Math.max(1, now.size());
    begin = total(now);
  }

  /** Whether the host knows anything. */
  boolean isMeasured() {
    return begin.isPresent();
  }

  /** How many processors the machine has; 1 where that is not known. */
  int processors() {
    return threads;
  }

  /** Takes the guest's account of everything in it from before the execution. */
  void guestBegan(long guestCpuNanos) {
    guestBegin = guestCpuNanos;
  }

  /** For how long the machine's processors ran and waited since the beginning. */
  Reading host() {
    return read(0, guestBegin);
  }

  /**
   * Corrects what the guest says now.
   *
   * @param usedNanos what the execution has used
   * @param guestCpuNanos what everything in the guest has used
   */
  Reading read(long usedNanos, long guestCpuNanos) {
    Optional<ThreadSchedule> now = total(processors.get());
    if (begin.isEmpty() || now.isEmpty()) {
      return new Reading(usedNanos, 0, 0);
    }
    ThreadSchedule had = now.get().since(begin.get());
    long run = Math.max(0, had.runNanos());
    long wait = Math.max(0, had.waitNanos());
    long guest = guestCpuNanos - guestBegin;
    return new Reading(usedNanos - stolen(usedNanos, guest, run, wait), wait, run);
  }

  /** A kernel without CONFIG_SCHED_INFO says that nothing ever ran. */
  private static Optional<ThreadSchedule> total(List<ThreadSchedule> schedules) {
    return schedules.stream().reduce(ThreadSchedule::plus).filter(all -> all.runNanos() > 0);
  }

  /** How much of the execution's time the host took away. */
  static long stolen(long used, long guest, long run, long wait) {
    long all = Math.max(guest, used);
    if (all <= run) {
      return 0;
    }
    double share = (double) (all - run) / all;
    return Math.min((long) (used * share), wait);
  }
}

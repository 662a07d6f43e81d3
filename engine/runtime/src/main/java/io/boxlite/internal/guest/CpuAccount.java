package io.boxlite.internal.guest;

import io.boxlite.internal.host.ThreadSchedule;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The processor time of one execution, without steal time.
 *
 * <p>The clock of a guest keeps running while one of its virtual processors waits for one of the
 * host's, and the guest accounts that time as work. Only the host knows how long the virtual
 * processors ran, and only the guest knows for which execution. So the guest's total is compared
 * with the host's, and the execution's usage is reduced by its share of the excess, at most by the
 * time that the host has seen the processors wait. A guest that knows about steal time by itself,
 * as with KVM, has already subtracted it, and its total has no excess.
 */
final class CpuAccount {
  private final Supplier<List<ThreadSchedule>> processors;
  private final int threads;
  private final Optional<ThreadSchedule> begin;
  private long guestBegin;

  /**
   * Usage up to some moment.
   *
   * @param cpuNanos processor time of the execution
   * @param stolenNanos how long the virtual processors waited for the host's
   * @param runNanos how long the virtual processors ran
   */
  record Reading(long cpuNanos, long stolenNanos, long runNanos) {}

  /** Starts now. */
  CpuAccount(Supplier<List<ThreadSchedule>> processors) {
    this.processors = processors;
    List<ThreadSchedule> now = processors.get();
    threads = Math.max(1, now.size());
    begin = total(now);
  }

  /** Returns whether the host measures the processors. */
  boolean isMeasured() {
    return begin.isPresent();
  }

  /** Returns the number of virtual processors; 1 if it is not known. */
  int processors() {
    return threads;
  }

  /** Sets the guest's total from before the execution. */
  void guestBegan(long guestCpuNanos) {
    guestBegin = guestCpuNanos;
  }

  /** Returns how long the virtual processors have run and waited since the start. */
  Reading host() {
    return read(0, guestBegin);
  }

  /**
   * Corrects the guest's current values.
   *
   * @param usedNanos the execution's usage
   * @param guestCpuNanos the total usage in the guest
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

  /** A kernel without CONFIG_SCHED_INFO reports that nothing ever ran. */
  private static Optional<ThreadSchedule> total(List<ThreadSchedule> schedules) {
    return schedules.stream().reduce(ThreadSchedule::plus).filter(all -> all.runNanos() > 0);
  }

  /** Returns how much of the execution's time was stolen by the host. */
  static long stolen(long used, long guest, long run, long wait) {
    long all = Math.max(guest, used);
    if (all <= run) {
      return 0;
    }
    double share = (double) (all - run) / all;
    return Math.min((long) (used * share), wait);
  }
}

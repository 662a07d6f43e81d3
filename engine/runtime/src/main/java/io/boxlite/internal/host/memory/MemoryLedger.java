package io.boxlite.internal.host.memory;

import io.boxlite.BoxStartException;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.settings.Setting;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shares the machine's memory out to boxes, so that starting one more never drives the machine into
 * swapping: a box that does not fit waits for its turn. All JVMs of a home directory share one
 * ledger.
 *
 * <p>A box is charged for all of its memory, since its guest may touch all of it at any time.
 */
public final class MemoryLedger {
  /** What QEMU needs beside the guest's memory: itself, and what the emulator has translated. */
  public static final int OVERHEAD_MIB = 96;

  /** What the rest of the machine keeps, this JVM included: an eighth, and never less than this. */
  private static final long LEAST_RESERVE_MIB = 256;

  private static final long RESERVE_DIVISOR = 8;
  private static final int HOLDERS_TOLD = 8;

  private static final Logger log = LoggerFactory.getLogger(MemoryLedger.class);

  private final MemoryQueue queue;
  private final long budgetMib;
  private final String budgetReason;

  private MemoryLedger(MemoryQueue queue, long budgetMib, String budgetReason) {
    this.queue = queue;
    this.budgetMib = budgetMib;
    this.budgetReason = budgetReason;
  }

  /**
   * Opens the ledger of a home directory, and clears away what dead JVMs have left in it.
   *
   * @param limitMib what all boxes may have together; by default what the machine has, or this
   *     process's control group where that is less, without a reserve for others
   */
  public static MemoryLedger open(Home home, Optional<Integer> limitMib) {
    MemoryQueue queue = MemoryQueue.of(home);
    log.debug("of memory, {} MiB are taken already", MemoryQueue.usedMib(queue.all()));
    if (limitMib.isPresent()) {
      return new MemoryLedger(queue, limitMib.get(), Setting.MEMORY_LIMIT.key() + " says so");
    }
    long totalMib = HostMemory.now().totalMib();
    long reserveMib = Math.max(LEAST_RESERVE_MIB, totalMib / RESERVE_DIVISOR);
    return new MemoryLedger(
        queue,
        Math.max(0, totalMib - reserveMib),
        "this process may use "
            + totalMib
            + " MiB, of which "
            + reserveMib
            + " are left to others");
  }

  /** What all boxes may have together, in MiB. */
  public long budgetMib() {
    return budgetMib;
  }

  /**
   * Waits until there is memory for a box, behind everybody who came earlier.
   *
   * @param boxId the box's id
   * @param label the box's name; empty when it has none
   * @param memoryMib the guest's memory in MiB; {@value #OVERHEAD_MIB} are added for QEMU
   * @param timeout how long to wait
   * @return the memory, to be given back when the box has ended
   * @throws BoxStartException when the box is larger than the whole budget, others have not given
   *     enough back in time (the message tells who has it), or this thread is interrupted, which it
   *     then stays
   */
  public MemoryReservation admit(String boxId, String label, int memoryMib, Duration timeout) {
    int mib = memoryMib + OVERHEAD_MIB;
    if (mib > budgetMib) {
      throw new BoxStartException(
          "box "
              + boxId
              + " cannot be started: it needs "
              + needs(memoryMib)
              + " of memory, and all boxes together may have "
              + budget()
              + "; give it less memoryMib, or raise "
              + Setting.MEMORY_LIMIT.key(),
          "",
          null);
    }
    try {
      Optional<MemoryClaim> claim = queue.tryAdmit(boxId, label, mib, budgetMib);
      if (claim.isEmpty()) {
        queue.onShortage().forEach(Runnable::run);
        claim = queue.await(boxId, label, mib, budgetMib, timeout);
      }
      return new MemoryReservation(
          queue, claim.orElseThrow(() -> tooLate(boxId, memoryMib, timeout)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxStartException(
          "box "
              + boxId
              + " was not started: the thread was interrupted while it waited for "
              + needs(memoryMib)
              + " of memory",
          "",
          e);
    }
  }

  /**
   * Takes memory that nobody else waits for; empty when there is none. For boxes that are started
   * ahead of their use.
   *
   * @param boxId the box's id
   * @param label a word for what it is; empty when there is none
   * @param memoryMib the guest's memory in MiB; {@value #OVERHEAD_MIB} are added for QEMU
   */
  public Optional<MemoryReservation> tryAdmit(String boxId, String label, int memoryMib) {
    return queue
        .tryAdmit(boxId, label, memoryMib + OVERHEAD_MIB, budgetMib)
        .map(claim -> new MemoryReservation(queue, claim));
  }

  /** Whether no box of any JVM has memory, or waits for it. */
  public boolean isIdle() {
    return queue.all().isEmpty();
  }

  /** Whether any box of any JVM waits for memory: who has some ahead of need gives it back. */
  public boolean isShort() {
    return queue.all().stream().anyMatch(claim -> !claim.admitted());
  }

  /**
   * Tells whenever a box of this JVM is about to wait for memory, on the thread that waits: what is
   * given back then is had at once.
   *
   * @return what ends the telling
   */
  public Runnable onShortage(Runnable listener) {
    queue.onShortage().add(listener);
    return () -> queue.onShortage().remove(listener);
  }

  private BoxStartException tooLate(String boxId, int memoryMib, Duration timeout) {
    List<MemoryClaim> all = queue.all();
    long waiting = all.stream().filter(claim -> !claim.admitted()).count();
    return new BoxStartException(
        "box "
            + boxId
            + " was not started: it waited "
            + timeout.toMillis()
            + " ms for "
            + needs(memoryMib)
            + " of memory; all boxes together may have "
            + budget()
            + ", and "
            + MemoryQueue.usedMib(all)
            + " MiB are taken: "
            + holders(all)
            + (waiting == 0
                ? ""
                : "; " + waiting + (waiting == 1 ? " more box waits" : " more boxes wait"))
            + "; close boxes, or raise their startTimeout, "
            + Setting.START_TIMEOUT.key()
            + " or "
            + Setting.MEMORY_LIMIT.key(),
        "",
        null);
  }

  private String budget() {
    return budgetMib + " MiB (" + budgetReason + ")";
  }

  private static String needs(int memoryMib) {
    return (memoryMib + OVERHEAD_MIB)
        + " MiB (memoryMib "
        + memoryMib
        + ", and "
        + OVERHEAD_MIB
        + " for QEMU)";
  }

  private static String holders(List<MemoryClaim> all) {
    List<MemoryClaim> holders =
        all.stream()
            .filter(MemoryClaim::admitted)
            .sorted(
                Comparator.comparing(MemoryClaim::mib)
                    .reversed()
                    .thenComparing(MemoryClaim::ticket))
            .toList();
    String told =
        holders.stream()
            .limit(HOLDERS_TOLD)
            .map(MemoryClaim::describe)
            .collect(Collectors.joining(", "));
    int more = holders.size() - HOLDERS_TOLD;
    return more > 0 ? told + " and by " + more + " more" : told;
  }
}

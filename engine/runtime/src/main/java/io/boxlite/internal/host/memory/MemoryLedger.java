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
 * Allocates the machine's memory to boxes, so that starting another box does not make the machine
 * swap: a box that does not fit waits until others have ended. All JVMs of a home directory share
 * one ledger.
 *
 * <p>A box is charged for all of its memory, because its guest may use all of it at any time.
 */
public final class MemoryLedger {
  /** What a hypervisor needs in addition to the guest's memory, mostly for translated code. */
  public static final int OVERHEAD_MIB = 96;

  /** The minimum that is left for other processes, this JVM included; normally it is an eighth. */
  private static final long MIN_RESERVE_MIB = 256;

  private static final long RESERVE_DIVISOR = 8;
  private static final int MAX_HOLDERS_SHOWN = 8;

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
   * Opens the ledger of a home directory, and removes the claims of JVMs that have died.
   *
   * @param limitMib the limit for all boxes together, in MiB; by default the memory of the machine,
   *     or of this process's cgroup if that is less, minus one eighth, left for other processes
   */
  public static MemoryLedger open(Home home, Optional<Integer> limitMib) {
    MemoryQueue queue = MemoryQueue.of(home);
    log.debug("{} MiB of memory are already in use", MemoryQueue.usedMib(queue.all()));
    if (limitMib.isPresent()) {
      return new MemoryLedger(queue, limitMib.get(), "set by " + Setting.MEMORY_LIMIT.key());
    }
    long totalMib = HostMemory.now().totalMib();
    long reserveMib = Math.max(MIN_RESERVE_MIB, totalMib / RESERVE_DIVISOR);
    return new MemoryLedger(
        queue,
        Math.max(0, totalMib - reserveMib),
        "this process may use "
            + totalMib
            + " MiB, of which "
            + reserveMib
            + " are left for other processes");
  }

  /** Returns the limit for all boxes together, in MiB. */
  public long budgetMib() {
    return budgetMib;
  }

  /**
   * Reserves memory for a box, waiting in the order of arrival.
   *
   * @param boxId the box's id
   * @param label the box's name; empty when it has none
   * @param memoryMib the guest's memory in MiB; {@value #OVERHEAD_MIB} are added for the hypervisor
   * @param timeout how long to wait
   * @return the reservation, to be closed when the box has ended
   * @throws BoxStartException when the box is larger than the whole budget, when not enough memory
   *     is released in time (the message says who has it), or when this thread is interrupted; its
   *     interrupt status is then set
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
   * Reserves memory without waiting, for boxes that are started ahead of their use. Empty when
   * there is not enough, or others wait.
   *
   * @param boxId the box's id
   * @param label the purpose of the box; empty when there is none
   * @param memoryMib the guest's memory in MiB; {@value #OVERHEAD_MIB} are added for the hypervisor
   */
  public Optional<MemoryReservation> tryAdmit(String boxId, String label, int memoryMib) {
    return queue
        .tryAdmit(boxId, label, memoryMib + OVERHEAD_MIB, budgetMib)
        .map(claim -> new MemoryReservation(queue, claim));
  }

  /**
   * Returns whether a box of any JVM waits for memory. Memory reserved ahead of use should then be
   * released.
   */
  public boolean isShort() {
    return queue.all().stream().anyMatch(claim -> !claim.admitted());
  }

  /**
   * Registers a listener that is called when a box of this JVM is about to wait for memory, on the
   * waiting thread. Memory that it releases is available at once.
   *
   * @return an action that removes the listener
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
            .limit(MAX_HOLDERS_SHOWN)
            .map(MemoryClaim::describe)
            .collect(Collectors.joining(", "));
    int more = holders.size() - MAX_HOLDERS_SHOWN;
    return more > 0 ? told + " and by " + more + " more" : told;
  }
}

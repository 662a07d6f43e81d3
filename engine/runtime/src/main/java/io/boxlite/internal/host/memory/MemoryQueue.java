package io.boxlite.internal.host.memory;

import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.Home;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue of boxes that wait for memory, in the order of arrival: no box overtakes another.
 *
 * <p>A JVM has one queue for each home directory. Waiters are woken at once when a box of this JVM
 * ends; the first of them also polls for memory that other JVMs have released.
 */
final class MemoryQueue {
  private static final Map<Path, MemoryQueue> BY_DIRECTORY = new ConcurrentHashMap<>();
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final Logger log = LoggerFactory.getLogger(MemoryQueue.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final MemoryLedgerFile file;
  private final Deque<MemoryClaim> waiting = new ArrayDeque<>();
  private final List<Runnable> onShortage = new CopyOnWriteArrayList<>();

  private MemoryQueue(Path directory) {
    file = new MemoryLedgerFile(directory);
  }

  static MemoryQueue of(Home home) {
    return BY_DIRECTORY.computeIfAbsent(home.memory(), MemoryQueue::new);
  }

  /** Returns the listeners that are called, on the waiting thread, when memory is short. */
  List<Runnable> onShortage() {
    return onShortage;
  }

  /** Admits a claim if there is enough memory and no box waits; otherwise changes nothing. */
  Optional<MemoryClaim> tryAdmit(String boxId, String label, int mib, long budgetMib) {
    lock.lock();
    try {
      return file.alone(
          () -> {
            List<MemoryClaim> all = file.all();
            MemoryClaim claim = next(all, boxId, label, mib).asAdmitted();
            if (!isNext(claim, all) || !fits(claim, all, budgetMib)) {
              return Optional.empty();
            }
            file.put(claim);
            return Optional.of(claim);
          });
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the claim is admitted.
   *
   * @return the claim; empty when it was not admitted in time and has been withdrawn
   */
  Optional<MemoryClaim> await(String boxId, String label, int mib, long budgetMib, Duration timeout)
      throws InterruptedException {
    Deadline deadline = Deadline.in(timeout);
    lock.lockInterruptibly();
    try {
      MemoryClaim claim = enqueue(boxId, label, mib);
      boolean admitted = false;
      try {
        admitted = awaitTurn(claim, budgetMib, deadline);
        return admitted ? Optional.of(claim.asAdmitted()) : Optional.empty();
      } finally {
        waiting.remove(claim);
        if (!admitted) {
          forget(claim);
        }
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private MemoryClaim enqueue(String boxId, String label, int mib) {
    MemoryClaim claim =
        file.alone(
            () -> {
              MemoryClaim next = next(file.all(), boxId, label, mib);
              file.put(next);
              return next;
            });
    waiting.add(claim);
    return claim;
  }

  private boolean awaitTurn(MemoryClaim claim, long budgetMib, Deadline deadline)
      throws InterruptedException {
    while (true) {
      boolean first = waiting.element().equals(claim);
      if (first && admit(claim, budgetMib)) {
        return true;
      }
      long left = deadline.left().toNanos();
      if (left <= 0) {
        return false;
      }
      changed.await(first ? Math.min(left, POLL_NANOS) : left, TimeUnit.NANOSECONDS);
    }
  }

  private boolean admit(MemoryClaim claim, long budgetMib) {
    return file.alone(
        () -> {
          List<MemoryClaim> all = file.all();
          boolean admitted = isNext(claim, all) && fits(claim, all, budgetMib);
          if (admitted) {
            file.put(claim.asAdmitted());
          }
          return admitted;
        });
  }

  /** Changes the label of a claim. */
  void relabel(MemoryClaim claim, String label) {
    lock.lock();
    try {
      file.alone(
          () -> {
            file.put(claim.withLabel(label));
            return label;
          });
    } finally {
      lock.unlock();
    }
  }

  /** Releases the memory of a claim and wakes the waiters of this JVM. */
  void release(MemoryClaim claim) {
    lock.lock();
    try {
      forget(claim);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void forget(MemoryClaim claim) {
    boolean interrupted =
        Thread.interrupted(); // An interrupt would end the wait for the file's lock.
    try {
      file.alone(
          () -> {
            file.remove(claim);
            return claim;
          });
    } catch (RuntimeException e) {
      log.warn("cannot release the memory of box {}: {}", claim.boxId(), "" + e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Returns the claims of all JVMs. */
  List<MemoryClaim> all() {
    lock.lock();
    try {
      return file.alone(file::all);
    } finally {
      lock.unlock();
    }
  }

  private MemoryClaim next(List<MemoryClaim> all, String boxId, String label, int mib) {
    long last = all.stream().mapToLong(MemoryClaim::ticket).max().orElse(0);
    return new MemoryClaim(last + 1, false, mib, boxId, label, file.jvm());
  }

  private static boolean isNext(MemoryClaim claim, List<MemoryClaim> all) {
    return all.stream().noneMatch(other -> !other.admitted() && other.ticket() < claim.ticket());
  }

  private static boolean fits(MemoryClaim claim, List<MemoryClaim> all, long budgetMib) {
    return usedMib(all) + claim.mib() <= budgetMib;
  }

  static long usedMib(List<MemoryClaim> all) {
    return all.stream().filter(MemoryClaim::admitted).mapToLong(MemoryClaim::mib).sum();
  }
}

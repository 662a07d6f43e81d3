package io.boxlite.internal.vm;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.ThreadEnd;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.text.DurationText;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool of VMs that were made ready, by a boot or by a restore, before they are requested.
 *
 * <p>Keeps as many VMs per kind as were recently requested, and never more in total than the pool's
 * size. They are made one at a time on the pool's own thread, and ended when their kind is no
 * longer requested or the machine runs short of memory.
 */
final class WarmPool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WarmPool.class);

  /** Keeps as many per kind as were requested within this time. */
  private static final Duration DEMAND_WINDOW = Duration.ofSeconds(3);

  /** Drops a kind that was not requested within this time. */
  private static final Duration IDLE = Duration.ofSeconds(60);

  /** How often memory and age are checked while anything is kept. */
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

  private final int maxSize;
  private final Factory factory;
  private final BooleanSupplier memoryIsShort;
  private final Duration idle;
  private final Map<String, KindQueue> queues = new HashMap<>(); // guarded by this
  private final Thread thread = new Thread(this::work, "boxlite-pool");
  private boolean closed; // guarded by this

  /** Makes VMs of a kind ready. */
  interface Factory {
    /** Returns a paused VM; empty when none can be made now. */
    Optional<ReadyVm> make(TemplateSpec spec) throws BoxliteException;
  }

  /** The VMs of one kind. */
  private static final class KindQueue {
    final TemplateSpec spec;
    final Deque<ReadyVm> ready = new ArrayDeque<>();
    final Deque<Long> asked = new ArrayDeque<>();
    long lastAsked;
    boolean failed; // not filled again before the next request

    KindQueue(TemplateSpec spec) {
      this.spec = spec;
    }

    void ask(long now, int size) {
      lastAsked = now;
      failed = false;
      asked.addLast(now);
      if (asked.size() > size) {
        asked.removeFirst();
      }
    }

    int wanted(long now) {
      asked.removeIf(time -> now - time > DEMAND_WINDOW.toNanos());
      return Math.max(1, asked.size());
    }
  }

  /**
   * Creates an empty pool.
   *
   * @param size how many VMs may wait at once, of all kinds; 0 for none
   * @param memoryIsShort whether the memory of waiting VMs is needed elsewhere
   */
  WarmPool(int size, Factory factory, BooleanSupplier memoryIsShort) {
    this(size, factory, memoryIsShort, IDLE);
  }

  WarmPool(int size, Factory factory, BooleanSupplier memoryIsShort, Duration idle) {
    maxSize = size;
    this.factory = factory;
    this.memoryIsShort = memoryIsShort;
    this.idle = idle;
    thread.setDaemon(true);
  }

  /** Removes and returns a paused VM; null when there is none. */
  @Nullable ReadyVm take(TemplateSpec spec) {
    while (true) {
      ReadyVm ready;
      synchronized (this) {
        KindQueue queue = queues.get(key(spec));
        if (closed || queue == null) {
          return null;
        }
        ready = queue.ready.pollFirst();
      }
      if (ready == null || ready.isAlive()) {
        return ready;
      }
      end(ready);
    }
  }

  /** Machines of one template can be confined in different ways. */
  private static String key(TemplateSpec spec) {
    return spec.key() + " " + spec.kind().machine().confinement();
  }

  /** Records that a VM was requested and is now in use, so that the next one can be made. */
  synchronized void asked(TemplateSpec spec) {
    if (closed || maxSize == 0) {
      return;
    }
    queues.computeIfAbsent(key(spec), key -> new KindQueue(spec)).ask(System.nanoTime(), maxSize);
    if (thread.getState() == Thread.State.NEW) {
      thread.start();
    }
    notifyAll();
  }

  /** Returns how many VMs wait. */
  synchronized int size() {
    return queues.values().stream().mapToInt(queue -> queue.ready.size()).sum();
  }

  /** Ends all waiting VMs, and the one that is being made. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    thread.interrupt();
    ThreadEnd.await(thread, CLOSE_TIMEOUT);
    if (thread.isAlive()) {
      log.warn(
          "the box that is being made for the pool did not end within {}: {}",
          DurationText.format(CLOSE_TIMEOUT),
          Arrays.toString(thread.getStackTrace()));
    }
    giveUp(Long.MAX_VALUE);
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void work() {
    boolean failing = false;
    try {
      while (!isClosed()) {
        try {
          turn();
          failing = false;
        } catch (RuntimeException | Error e) {
          // Such as in a JVM that has run out of file descriptors, which it may have again later.
          if (!failing) {
            log.warn("the pool of boxes does nothing for now: {}", "" + e);
          }
          failing = true;
          pause();
        }
      }
    } catch (InterruptedException e) {
      log.debug("the pool's thread was interrupted and ends");
    }
  }

  private void turn() throws InterruptedException {
    if (memoryIsShort.getAsBoolean()) {
      giveUp();
    } else {
      giveUp(System.nanoTime() - idle.toNanos());
    }
    Optional<KindQueue> lacking = lacking();
    if (lacking.isPresent() && makeRoom(lacking.get())) {
      fill(lacking.get());
    } else {
      await();
    }
  }

  /** Waits before the next turn after one that has failed. */
  @SuppressWarnings("WaitNotInLoop") // The caller loops.
  private synchronized void pause() throws InterruptedException {
    if (!closed) {
      TimeUnit.NANOSECONDS.timedWait(this, CHECK_INTERVAL.toNanos());
    }
  }

  /** Returns the most recently requested kind that has too few VMs. */
  private synchronized Optional<KindQueue> lacking() {
    long now = System.nanoTime();
    return queues.values().stream()
        .filter(queue -> !queue.failed && queue.ready.size() < queue.wanted(now))
        .max(Comparator.comparingLong(queue -> queue.lastAsked));
  }

  /** Waits for a request or, while anything is kept, for the next check of age and memory. */
  @SuppressWarnings("WaitNotInLoop") // The caller loops and checks again.
  private synchronized void await() throws InterruptedException {
    if (closed || lacking().isPresent() && size() < maxSize) {
      return; // notified before this waited
    }
    if (queues.isEmpty()) {
      wait();
    } else {
      TimeUnit.NANOSECONDS.timedWait(this, CHECK_INTERVAL.toNanos());
    }
  }

  /** Ends a VM of a less recently requested kind when the pool is full. */
  private boolean makeRoom(KindQueue lacking) {
    ReadyVm ended;
    synchronized (this) {
      if (size() < maxSize) {
        return true;
      }
      Optional<KindQueue> donor =
          queues.values().stream()
              .filter(queue -> queue != lacking && !queue.ready.isEmpty())
              .filter(queue -> queue.lastAsked < lacking.lastAsked)
              .min(Comparator.comparingLong(queue -> queue.lastAsked));
      if (donor.isEmpty()) {
        return false;
      }
      ended = donor.get().ready.removeLast();
    }
    end(ended);
    return true;
  }

  private void fill(KindQueue queue) {
    Optional<ReadyVm> made = Optional.empty();
    try {
      made = factory.make(queue.spec);
    } catch (RuntimeException e) {
      if (!isClosed()) {
        log.warn("cannot make a box for the pool: {}", e.getMessage());
      }
    } catch (Error e) { // a class that cannot be loaded, for example
      log.warn("cannot make a box for the pool", e);
    }
    boolean kept = false;
    synchronized (this) {
      queue.failed = made.isEmpty();
      // A queue that was dropped meanwhile is never looked at again.
      if (made.isPresent() && !closed && queues.containsValue(queue)) {
        queue.ready.addLast(made.get());
        kept = true;
      }
    }
    if (made.isPresent() && !kept) {
      end(made.get());
    }
  }

  /** Ends all waiting VMs until their kinds are requested again. */
  void giveUp() {
    giveUp(Long.MAX_VALUE);
  }

  /** Drops the kinds that were last requested before a moment, and ends their VMs. */
  private void giveUp(long before) {
    Deque<ReadyVm> ended = new ArrayDeque<>();
    synchronized (this) {
      queues
          .values()
          .removeIf(
              queue -> {
                boolean old = before == Long.MAX_VALUE || queue.lastAsked - before < 0;
                if (old) {
                  ended.addAll(queue.ready);
                }
                return old;
              });
    }
    ended.forEach(WarmPool::end);
  }

  /** Ends a VM. One that cannot be ended does not end the pool. */
  private static void end(ReadyVm vm) {
    try {
      vm.close();
    } catch (RuntimeException e) {
      log.warn("cannot end a box of the pool: {}", e.getMessage());
    }
  }
}

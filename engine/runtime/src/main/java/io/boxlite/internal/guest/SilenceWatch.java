package io.boxlite.internal.guest;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Finds out that a guest has gone silent: a call is under way, and nothing comes from it, no answer
 * to a ping either, for as long as no guest needs that still works.
 *
 * <p>Only time counts in which the guest could have answered: a busy host may let it wait for a
 * processor for as long as it likes. And so that a standstill of this whole machine is not held
 * against it, a step of the watch never counts for much more than it should have taken.
 */
final class SilenceWatch {
  private static final Duration STEP = Duration.ofMillis(500);

  /**
   * With the step before a ping is sent, a guest that is silent from the start of a call is told of
   * after 4 to 4.5 s.
   */
  static final Duration LONGEST = Duration.ofMillis(3500);

  /** What came while this machine was busy may still be on its way here. */
  private static final Duration LAST_LOOK = Duration.ofMillis(50);

  private final GuestWire wire;
  private final Hindrance hindrance;
  private final GuestIo io;
  private final Consumer<String> silent;
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicBoolean watching = new AtomicBoolean();

  // Of the watch's one task alone, whichever thread runs it.
  private volatile long lastStepNanos;
  private volatile long silentNanos = -1; // -1: the last step found that something had come
  private volatile boolean over;

  /**
   * Watches a connection.
   *
   * @param silent is told once; it completes "its guest …"
   */
  SilenceWatch(GuestWire wire, Hindrance hindrance, GuestIo io, Consumer<String> silent) {
    this.wire = wire;
    this.hindrance = hindrance;
    this.io = io;
    this.silent = silent;
  }

  /** A call begins. */
  void begin() {
    calls.incrementAndGet();
    if (watching.compareAndSet(false, true)) {
      lastStepNanos = System.nanoTime();
      silentNanos = -1;
      after(STEP, this::step);
    }
  }

  /** A call has ended. */
  void end() {
    calls.decrementAndGet();
  }

  /** Ends the watch for good. */
  void stop() {
    over = true;
  }

  private void step() {
    if (over) {
      return;
    }
    if (calls.get() == 0) {
      watching.set(false);
      // One that began just now has seen a watch, which is no more.
      if (calls.get() > 0 && watching.compareAndSet(false, true)) {
        silentNanos = -1;
        again(System.nanoTime());
      }
      return;
    }
    long now = System.nanoTime();
    if (!wire.isHeard() || wire.lastHeardNanos() - lastStepNanos >= 0) {
      silentNanos = -1;
    } else if (silentNanos < 0) {
      silentNanos = 0;
      hindrance.begin();
      wire.ping();
    } else {
      long passed = Math.min(now - lastStepNanos, 2 * STEP.toNanos());
      long silentFor = silentNanos + Math.max(0, passed - hindrance.nanos());
      silentNanos = silentFor;
      if (silentFor >= LONGEST.toNanos()) {
        long before = wire.lastHeardNanos();
        after(LAST_LOOK, () -> conclude(before));
        return;
      }
    }
    again(now);
  }

  private void again(long now) {
    lastStepNanos = now;
    after(STEP, this::step);
  }

  private void after(Duration delay, Runnable task) {
    try {
      Future<?> unused = io.after(delay, task);
    } catch (RejectedExecutionException e) {
      over = true; // the threads have ended, and with them the connection
    }
  }

  private void conclude(long before) {
    if (over) {
      return;
    }
    if (wire.lastHeardNanos() == before && calls.get() > 0) {
      over = true;
      silent.accept(
          "has gone silent: it answers nothing, though it had "
              + Duration.ofNanos(silentNanos).toMillis()
              + " ms of time to run in; its kernel has halted or hangs, or something in it keeps its"
              + " agent from running");
    } else {
      silentNanos = -1;
      again(System.nanoTime());
    }
  }
}

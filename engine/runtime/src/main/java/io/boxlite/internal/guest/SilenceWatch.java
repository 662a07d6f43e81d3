package io.boxlite.internal.guest;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Detects a silent guest: a call is running, and nothing is received, not even a response to a
 * ping, for longer than any working guest needs.
 *
 * <p>Only time in which the guest could have responded counts, since a busy host may let it wait
 * for a processor for any length of time. A step of the watch never counts for much more than it
 * should have taken, so that a pause of the whole machine does not count either.
 */
final class SilenceWatch {
  private static final Duration STEP = Duration.ofMillis(500);

  /**
   * Including the step before a ping is sent, a guest that is silent from the start of a call is
   * reported after 4 to 4.5 s.
   */
  static final Duration TIMEOUT = Duration.ofMillis(3500);

  /** What was received while this machine was busy may not have been read yet. */
  private static final Duration FINAL_CHECK = Duration.ofMillis(50);

  private final GuestWire wire;
  private final HostStalls hostStalls;
  private final GuestIo io;
  private final Consumer<String> silent;
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicBoolean watching = new AtomicBoolean();

  // Used by the watch's single task only, whichever thread runs it.
  private volatile long lastStepNanos;
  private volatile long silentNanos = -1; // -1: the last step found that something was received
  private volatile boolean over;

  /**
   * Watches a connection.
   *
   * @param silent called once with text that completes "its guest …"
   */
  SilenceWatch(GuestWire wire, HostStalls hostStalls, GuestIo io, Consumer<String> silent) {
    this.wire = wire;
    this.hostStalls = hostStalls;
    this.io = io;
    this.silent = silent;
  }

  /** A call starts. */
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

  /** Ends the watch. */
  void stop() {
    over = true;
  }

  private void step() {
    if (over) {
      return;
    }
    if (calls.get() == 0) {
      watching.set(false);
      // A call that started just now may have missed the end of the task.
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
      hostStalls.begin();
      wire.ping();
    } else {
      long passed = Math.min(now - lastStepNanos, 2 * STEP.toNanos());
      long silentFor = silentNanos + Math.max(0, passed - hostStalls.nanos());
      silentNanos = silentFor;
      if (silentFor >= TIMEOUT.toNanos()) {
        long before = wire.lastHeardNanos();
        after(FINAL_CHECK, () -> conclude(before));
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
          "has gone silent: it has not responded, though it had "
              + Duration.ofNanos(silentNanos).toMillis()
              + " ms of time to run; its kernel has halted or hangs, or something in it keeps its "
              + " agent from running");
    } else {
      silentNanos = -1;
      again(System.nanoTime());
    }
  }
}

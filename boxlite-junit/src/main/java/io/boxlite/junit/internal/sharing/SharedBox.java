package io.boxlite.junit.internal.sharing;

import io.boxlite.junit.internal.declaration.BoxKey;
import io.boxlite.junit.internal.report.RecordedBox;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A box that tests share. It is started for the first test that asks for it, and reset before the
 * tests that want it so.
 */
public final class SharedBox {
  private final BoxKey key;
  private final long order;
  private final BoxLock lock = new BoxLock();

  // Guarded by this.
  private @Nullable RecordedBox started;
  private @Nullable RuntimeException failure;
  private boolean used;
  private boolean closed;

  // Guarded by the session.
  private int classes;

  SharedBox(BoxKey key, long order) {
    this.key = key;
    this.order = order;
  }

  BoxKey key() {
    return key;
  }

  /** Returns its place in the order in which locks are acquired, which prevents deadlocks. */
  long order() {
    return order;
  }

  BoxLock lock() {
    return lock;
  }

  /** Counts one more class that uses the box. */
  void retain() {
    classes++;
  }

  /** Counts one class less, and returns whether it was the last. */
  boolean release() {
    return --classes == 0;
  }

  /**
   * Returns the box, for a test that holds its lock. A start that failed is not tried again: every
   * test gets the same failure.
   *
   * @param start starts it for the first test
   */
  public synchronized RecordedBox get(Supplier<RecordedBox> start) {
    if (failure != null) {
      throw failure;
    }
    if (started == null) {
      if (closed) {
        throw new IllegalStateException("the test class that this box belongs to has ended");
      }
      try {
        started = start.get();
      } catch (RuntimeException e) {
        failure = e;
        throw e;
      }
    }
    used = true;
    return started;
  }

  /** Returns the box if it was started. */
  public synchronized Optional<RecordedBox> started() {
    return Optional.ofNullable(started);
  }

  /**
   * Prepares the box for a test that holds its lock.
   *
   * @param reset whether the test wants the box in its initial state
   */
  public synchronized void beginTest(boolean reset) {
    if (reset && used && started != null) {
      started.box().reset();
    }
    used = true;
  }

  /** Closes the box, if it was started; it cannot be started any more. */
  synchronized void close(BoxSession session) {
    closed = true;
    if (started != null) {
      session.close(started);
    }
  }

  @Override
  public String toString() {
    return started().map(started -> started.box().toString()).orElse("shared box, not started yet");
  }
}

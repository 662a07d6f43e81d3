package io.boxlite.junit.internal.sharing;

import io.boxlite.junit.internal.declaration.BoxKey;
import io.boxlite.junit.internal.report.StartedBox;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A box that tests share: started for the first that needs it, and reset for those that ask. */
public final class SharedBox {
  private final BoxKey key;
  private final long order;
  private final UseLock lock = new UseLock();

  // Guarded by this.
  private @Nullable StartedBox started;
  private @Nullable RuntimeException failure;
  private boolean used;
  private boolean closed;

  // Guarded by the session.
  private int users;

  SharedBox(BoxKey key, long order) {
    this.key = key;
    this.order = order;
  }

  BoxKey key() {
    return key;
  }

  /**
   * Its place in the order in which locks are taken, without which two tests could block each
   * other.
   */
  long order() {
    return order;
  }

  public UseLock lock() {
    return lock;
  }

  /** Counts one user more. */
  void retain() {
    users++;
  }

  /** Counts one user less, and tells whether it was the last. */
  boolean release() {
    return --users == 0;
  }

  /**
   * The box, for a test that may now use it. What failed once is not tried again for every test.
   *
   * @param start starts it, for the first
   */
  public synchronized StartedBox get(Supplier<StartedBox> start) {
    if (failure != null) {
      throw failure;
    }
    if (started == null) {
      if (closed) {
        throw new IllegalStateException("the test class that the box belongs to has ended");
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

  /** The box, if it was started. */
  public synchronized Optional<StartedBox> started() {
    return Optional.ofNullable(started);
  }

  /**
   * Begins a test that may use it.
   *
   * @param reset whether the test wants it as new
   */
  public synchronized void begin(boolean reset) {
    if (reset && used && started != null) {
      started.box().reset();
    }
    used = true;
  }

  /** Ends the box, if it was started, for good. */
  synchronized void close(BoxSession session) {
    closed = true;
    if (started != null) {
      session.end(started);
    }
  }

  @Override
  public String toString() {
    return started().map(started -> started.box().toString()).orElse("a box that tests share");
  }
}

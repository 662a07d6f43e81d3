package io.boxlite.internal.box;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Resources that are released together. Closing releases each of them once, the last added first.
 */
final class ResourceStack implements AutoCloseable {
  private final Deque<Runnable> releases = new ArrayDeque<>();
  private boolean closed;

  /** Adds an action that releases a resource. Runs it at once if this is already closed. */
  void add(Runnable release) {
    synchronized (this) {
      if (!closed) {
        releases.push(release);
        return;
      }
    }
    release.run();
  }

  /**
   * Releases all resources, even if some of them fail.
   *
   * @throws RuntimeException the first one thrown, with all later ones as suppressed exceptions
   */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    RuntimeException failure = null;
    for (Runnable release = poll(); release != null; release = poll()) {
      try {
        release.run();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private synchronized @Nullable Runnable poll() {
    return releases.poll();
  }
}

package io.boxlite.internal.box;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The resources that a box holds besides its machine. Closing releases them once, the last added
 * first.
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

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    for (Runnable release = poll(); release != null; release = poll()) {
      release.run();
    }
  }

  private synchronized @Nullable Runnable poll() {
    return releases.poll();
  }
}

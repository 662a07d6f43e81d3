package io.boxlite.internal.box;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What a box holds outside of its machine, given back once, the last taken first. */
final class ResourceStack implements AutoCloseable {
  private final Deque<Runnable> releases = new ArrayDeque<>();
  private boolean closed;

  /** Adds what gives something back; at once when the box has ended already. */
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

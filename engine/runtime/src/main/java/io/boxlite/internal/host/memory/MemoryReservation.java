package io.boxlite.internal.host.memory;

/** Memory reserved for a box in the {@link MemoryLedger}, until this is closed. */
public final class MemoryReservation implements AutoCloseable {
  private final MemoryQueue queue;
  private final MemoryClaim claim;
  private boolean closed;

  MemoryReservation(MemoryQueue queue, MemoryClaim claim) {
    this.queue = queue;
    this.claim = claim;
  }

  /** Changes the label under which messages list the box. */
  public synchronized void label(String label) {
    if (!closed) {
      queue.relabel(claim, label);
    }
  }

  /** Releases the memory. A second call does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      queue.release(claim);
    }
  }
}

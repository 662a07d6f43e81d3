package io.boxlite.internal.host.memory;

/** The memory that a box was given by the {@link MemoryLedger}, until this is closed. */
public final class MemoryReservation implements AutoCloseable {
  private final MemoryQueue queue;
  private final MemoryClaim claim;
  private boolean closed;

  MemoryReservation(MemoryQueue queue, MemoryClaim claim) {
    this.queue = queue;
    this.claim = claim;
  }

  /** Says what the box is called from now on, for those who ask who has the memory. */
  public synchronized void label(String label) {
    if (!closed) {
      queue.relabel(claim, label);
    }
  }

  /** Gives the memory back. A second call does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      queue.release(claim);
    }
  }
}

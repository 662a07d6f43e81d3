package io.boxlite.internal.guest;

import io.boxlite.internal.host.ThreadSchedule;
import java.util.List;

/** Measures how long the host keeps a guest from running. */
@FunctionalInterface
public interface HostStalls {
  /** For a guest that the host never stalls. */
  HostStalls NONE = () -> 0;

  /**
   * Returns for how many nanoseconds since the last call the guest could not run, or may not have
   * been able to: the host had no processor for it, had stopped it, or let it wait for a disk. The
   * first result is undefined.
   */
  long nanos();

  /** Starts a new measurement: the next {@link #nanos} starts counting here. */
  default void begin() {
    long unused = nanos();
  }

  /**
   * Returns what the host's scheduler reports for each of the virtual processors since they
   * started; empty if that is not known.
   */
  default List<ThreadSchedule> processors() {
    return List.of();
  }
}

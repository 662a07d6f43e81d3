package io.boxlite.internal.guest;

import io.boxlite.internal.host.ThreadSchedule;
import java.util.List;

/** What keeps a guest from running, other than itself. */
@FunctionalInterface
public interface Hindrance {
  /** Nothing ever does. */
  Hindrance NONE = () -> 0;

  /**
   * For how many nanoseconds since the last time of asking the guest could not run, or may not have
   * been able to: its host had no processor for it, had stopped it, or let it wait for a disk. The
   * first answer means nothing.
   */
  long nanos();

  /** Begins to count for a new silence of the guest: {@link #nanos} tells what was since. */
  default void begin() {
    long unused = nanos();
  }

  /**
   * What the host's scheduler has given each of the guest's processors since it started; empty
   * where that is not known.
   */
  default List<ThreadSchedule> processors() {
    return List.of();
  }
}

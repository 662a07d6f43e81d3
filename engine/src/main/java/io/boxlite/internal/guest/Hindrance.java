package io.boxlite.internal.guest;

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
}

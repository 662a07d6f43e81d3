package io.boxlite.internal.vm;

/** Boots of the built-in image by no template, for a benchmark. */
public final class ColdBoots {
  private final TestGuest guest = TestGuest.open();

  /** Boots a machine until it is ready for use. */
  public Vm boot() {
    return guest.boot();
  }
}

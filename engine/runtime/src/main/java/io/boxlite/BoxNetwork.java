package io.boxlite;

/**
 * A network between boxes; created by {@link Boxlite#newNetwork()}. A box joins it with {@link
 * BoxOptions.Builder#join}. Boxes on it reach each other by their names and aliases, on all ports.
 * Nobody else reaches them, and being on it lets a box reach nothing else.
 */
public interface BoxNetwork extends AutoCloseable {
  /** Returns the name, which is unique within its {@link Boxlite}. */
  String name();

  /**
   * Ends the network. Boxes on it go on, but no longer reach each other: new connections are
   * refused. Idempotent.
   */
  @Override
  void close();
}

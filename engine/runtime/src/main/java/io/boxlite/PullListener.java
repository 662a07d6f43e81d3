package io.boxlite;

/**
 * Is told how a pull goes on; see {@link Images#pull(String, PullPolicy, PullListener)}.
 *
 * <p>The events of one pull come one after the other, though in different threads. Whoever listens
 * holds the pull up for as long, and fails it by throwing.
 */
@FunctionalInterface
public interface PullListener {
  /** Tells nobody. */
  PullListener NONE = event -> {};

  /** Is told what has just happened. */
  void onEvent(PullEvent event);
}

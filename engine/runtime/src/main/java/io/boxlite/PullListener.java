package io.boxlite;

/**
 * Receives the progress of a pull; see {@link Images#pull(String, PullPolicy, PullListener)}.
 *
 * <p>The events of one pull arrive one after the other, but possibly on different threads. The pull
 * waits until the listener returns, and fails if it throws.
 */
@FunctionalInterface
public interface PullListener {
  /** Ignores all events. */
  PullListener NONE = event -> {};

  /** Handles an event. */
  void onEvent(PullEvent event);
}

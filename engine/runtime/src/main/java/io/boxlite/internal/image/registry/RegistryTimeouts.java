package io.boxlite.internal.image.registry;

import java.time.Duration;

/**
 * How long a registry is waited for, and how often it is asked again.
 *
 * @param connect for a connection
 * @param response for the first byte of an answer
 * @param window the time in which an answer's body must bring {@code windowBytes} or its end
 * @param windowBytes what is less is a stall
 * @param attempts how often a request is made that fails in ways that may pass
 * @param firstDelay before the second attempt; each later one waits twice as long
 * @param longestDelay the most that a registry may ask to wait ({@code Retry-After})
 */
record RegistryTimeouts(
    Duration connect,
    Duration response,
    Duration window,
    long windowBytes,
    int attempts,
    Duration firstDelay,
    Duration longestDelay) {

  static final RegistryTimeouts DEFAULT =
      new RegistryTimeouts(
          Duration.ofSeconds(20),
          Duration.ofSeconds(60),
          Duration.ofSeconds(30),
          16 << 10,
          5,
          Duration.ofMillis(500),
          Duration.ofMinutes(2));
}

package io.boxlite.internal.image.registry;

import java.time.Duration;

/**
 * Timeouts and retries of requests to registries.
 *
 * @param connect the timeout for connecting
 * @param response the timeout for the header of a response
 * @param window the time within which the body of a response must bring {@code windowBytes} or end
 * @param windowBytes the minimum number of bytes per window; fewer are a stall
 * @param attempts the number of attempts for transient failures
 * @param firstDelay the delay before the second attempt, doubled for each later one
 * @param longestDelay the longest accepted {@code Retry-After} of a registry
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

package io.boxlite;

import java.time.Duration;

/**
 * An event of a pull. A pull that has to fetch anything begins with {@link Resolved} and, if it
 * succeeds, ends with {@link Completed}.
 */
public sealed interface PullEvent {
  /** Returns the image's full name, such as {@code python:slim}. */
  String image();

  /**
   * The manifest of the image has been resolved.
   *
   * @param digest the digest of the manifest, {@code sha256:…}
   * @param layers the number of layers
   * @param missingLayers the number of layers that must be fetched
   * @param missingBytes the size of these layers together, in bytes
   */
  record Resolved(String image, String digest, int layers, int missingLayers, long missingBytes)
      implements PullEvent {}

  /**
   * A part of a layer has arrived. Reported repeatedly, at last with the size of the layer.
   *
   * @param layer the layer's digest, {@code sha256:…}
   * @param bytes the number of bytes that have arrived; decreases if a part must be fetched again
   * @param totalBytes the size of the layer
   */
  record Progress(String image, String layer, long bytes, long totalBytes) implements PullEvent {}

  /**
   * A request failed in a way that may be temporary, and will be repeated.
   *
   * @param reason the failure
   * @param delay the time until the request is repeated
   */
  record Retrying(String image, String reason, Duration delay) implements PullEvent {}

  /**
   * The image is in the store.
   *
   * @param digest the digest of the manifest, {@code sha256:…}
   * @param fetchedBytes the number of bytes of layers that were downloaded
   * @param time the duration of the pull
   */
  record Completed(String image, String digest, long fetchedBytes, Duration time)
      implements PullEvent {}
}

package io.boxlite;

import java.time.Duration;

/**
 * What can happen while an image is pulled. A pull that has to fetch anything begins with {@link
 * Resolved} and, when it succeeds, ends with {@link Completed}.
 */
public sealed interface PullEvent {
  /** The image's name in full, such as {@code python:slim}. */
  String image();

  /**
   * It is known what the image consists of.
   *
   * @param digest of the manifest, {@code sha256:…}
   * @param layers how many there are
   * @param missingLayers how many of them are still to be fetched
   * @param missingBytes how many bytes these have together
   */
  record Resolved(String image, String digest, int layers, int missingLayers, long missingBytes)
      implements PullEvent {}

  /**
   * More of a layer is here; told again and again, at last with as many bytes as it has.
   *
   * @param layer the layer's digest, {@code sha256:…}
   * @param bytes how many are here; can go down when a part has to be fetched again
   * @param totalBytes how many the layer has
   */
  record Progress(String image, String layer, long bytes, long totalBytes) implements PullEvent {}

  /**
   * A request failed in a way that may pass and is made again.
   *
   * @param reason what went wrong
   * @param delay how long is waited first
   */
  record Retrying(String image, String reason, Duration delay) implements PullEvent {}

  /**
   * The image is in the store.
   *
   * @param digest of the manifest, {@code sha256:…}
   * @param fetchedBytes how many bytes of layers came over the network
   * @param time how long it took
   */
  record Completed(String image, String digest, long fetchedBytes, Duration time)
      implements PullEvent {}
}

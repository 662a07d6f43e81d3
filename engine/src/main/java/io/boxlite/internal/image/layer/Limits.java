package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;

/**
 * What an image may ask for, against archives made to fill a disk or a heap.
 *
 * @param maxEntries members of all layers together
 * @param maxLayerBytes of one layer, decompressed
 * @param maxRatio how many times a compressed layer may expand
 * @param freeBytes up to this size of a layer the ratio does not count: an archive of one file of
 *     zeros is fine
 */
public record Limits(int maxEntries, long maxLayerBytes, long maxRatio, long freeBytes) {
  /** Ample for any real image: 5 million files, 64 GiB a layer, which expands 200 times. */
  public static final Limits DEFAULT = new Limits(5_000_000, 64L << 30, 200, 1L << 30);

  void checkEntries(int entries) {
    if (entries > maxEntries) {
      throw new ImageIntegrityException(
          "the image has more than " + maxEntries + " entries, which is the limit");
    }
  }

  void checkExpansion(long size, long stored) {
    if (size > maxLayerBytes) {
      throw new ImageIntegrityException(
          "it has more than " + maxLayerBytes + " bytes when decompressed, which is the limit");
    }
    if (stored >= 0 && size > freeBytes && size / maxRatio > stored) {
      throw new ImageIntegrityException(
          "its "
              + stored
              + " bytes expand to more than "
              + maxRatio
              + " times as many; that is a decompression bomb");
    }
  }
}

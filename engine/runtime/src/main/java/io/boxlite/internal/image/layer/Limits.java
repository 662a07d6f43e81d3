package io.boxlite.internal.image.layer;

import io.boxlite.ImageIntegrityException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Limits of an image, against archives that are made to fill a disk or the heap.
 *
 * @param maxEntries the maximum number of members of all layers
 * @param maxLayerBytes the maximum size of a decompressed layer
 * @param maxRatio the maximum ratio of the decompressed to the compressed size
 * @param freeBytes the size of a decompressed layer up to which the ratio is not limited, such as
 *     an archive of a file of zeros
 * @param maxTreeBytes the maximum heap size of the names of all files, estimated
 */
public record Limits(
    int maxEntries, long maxLayerBytes, long maxRatio, long freeBytes, long maxTreeBytes) {
  /**
   * Ample for real images: 5 million files whose names fit into half of the heap, and layers of 64
   * GiB with a compression ratio of 200.
   */
  public static final Limits DEFAULT = new Limits(5_000_000, 64L << 30, 200, 1L << 30);

  /** Creates limits that allow half of the heap for the names. */
  public Limits(int maxEntries, long maxLayerBytes, long maxRatio, long freeBytes) {
    this(maxEntries, maxLayerBytes, maxRatio, freeBytes, Runtime.getRuntime().maxMemory() / 2);
  }

  /**
   * Returns a stream that fails when the decompressed data exceeds the limits.
   *
   * @param stored the size of the compressed data in bytes
   */
  public InputStream bound(InputStream in, long stored) {
    return new SinglePathStream(in) {
      private long size;

      @Override
      public int read(byte[] to, int offset, int length) throws IOException {
        int got = in.read(to, offset, length);
        size += Math.max(got, 0);
        checkExpansion(size, stored);
        return got;
      }
    };
  }

  void checkEntries(int entries) {
    if (entries > maxEntries) {
      throw new ImageIntegrityException(
          "the image has more than " + maxEntries + " entries, which is the limit");
    }
  }

  void checkTree(long bytes) {
    if (bytes > maxTreeBytes) {
      throw new ImageIntegrityException(
          "the names of the image's files take more than "
              + (maxTreeBytes >> 20)
              + " MiB of memory, half of this JVM's heap; increase it with -Xmx if the image is"
              + " supposed to have that many");
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
